"""The inspector: an operator in the browser, its sizes on controls, its matrix built by the page itself."""

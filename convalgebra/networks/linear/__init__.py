"""A network, or a stretch of it, as one linear map."""

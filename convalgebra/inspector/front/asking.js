// What a page asks of the server that it came from.

/** The question to Python: an async function of {type, axes, values}; what is refused is an Error. */
export function askServer(url) {
  return async ({ type, axes, values }) => {
    const body = JSON.stringify({ type, axes, values });
    const headers = { "Content-Type": "application/json" };
    const reply = await reached(url, { method: "POST", headers, body });
    return reply.json();
  };
}

/** The page as one file: an async function that gives its text. */
export function pageFromServer(url) {
  return async () => (await reached(url, {})).text();
}

async function reached(url, options) {
  let reply;
  try {
    reply = await fetch(url, { ...options, cache: "no-store", credentials: "omit" });
  } catch {
    throw new Error("Python does not answer: the command that served this page has ended");
  }
  if (!reply.ok) throw new Error(await refusalOf(reply));
  return reply;
}

/** What a reply says of why it is none: a text, or {error} in JSON. */
async function refusalOf(reply) {
  const text = await reply.text();
  try {
    return JSON.parse(text).error;
  } catch {
    return text || `Python answers ${reply.status}`;
  }
}

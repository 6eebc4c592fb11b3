// What a page asks of the server that it came from.

const LONGEST_WAIT = 10; // seconds

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

/** A reply that is one; where Python is busy it is asked once more, when it says that it may be. */
async function reached(url, options) {
  const first = await fetched(url, options);
  const busy = first.status === 503 && first.headers.get("Retry-After");
  if (busy) await new Promise((done) => setTimeout(done, 1000 * Math.min(Number(busy) || 1, LONGEST_WAIT)));
  const reply = busy ? await fetched(url, options) : first;
  if (!reply.ok) throw new Error(await refusalOf(reply));
  return reply;
}

async function fetched(url, options) {
  try {
    return await fetch(url, { ...options, cache: "no-store", credentials: "omit" });
  } catch {
    throw new Error("Python does not answer: the command that served this page has ended");
  }
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

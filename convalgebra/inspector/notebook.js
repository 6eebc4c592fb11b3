// The inspector in a notebook, by anywidget's protocol: the model keeps the state, the kernel answers.

const PATIENCE = 30000; // milliseconds until an answer is given up, so that a later question is asked

/** Whether two values of JSON are the same. */
function sameJson(one, other) {
  if (one === other) return true;
  if (typeof one !== "object" || typeof other !== "object" || one === null || other === null) return false;
  if (Array.isArray(one) !== Array.isArray(other)) return false;
  const keys = Object.keys(one);
  return keys.length === Object.keys(other).length
    && keys.every((key) => Object.hasOwn(other, key) && sameJson(one[key], other[key]));
}

/** Questions to the kernel about something: one at a time, and of those that wait only the latest is asked. */
function kernelQuestions(model, about) {
  const mark = Math.random().toString(36).slice(2); // one kernel answers all the views there are
  let number = 0;
  let asked = null;
  let waiting = null;

  function next() {
    asked = waiting;
    waiting = null;
    if (!asked) return;
    const { id } = asked;
    asked.timer = setTimeout(() => settle({ id, error: "the kernel does not answer" }), PATIENCE);
    model.send({ kind: "question", id, about, setting: asked.setting });
  }

  function settle({ id, answer, error }) {
    if (!asked || asked.id !== id) return;
    clearTimeout(asked.timer);
    if (error === undefined) asked.resolve(answer);
    else asked.reject(new Error(error));
    next();
  }

  function dropped(question) {
    question.reject(new DOMException("a later question took its place", "AbortError"));
  }

  const receive = (message) => { if (message?.kind === "answer") settle(message); };
  model.on("msg:custom", receive);
  return {
    ask(setting) {
      return new Promise((resolve, reject) => {
        if (waiting) dropped(waiting);
        waiting = { id: `${mark}-${number}`, setting, resolve, reject };
        number += 1;
        if (!asked) next();
      });
    },
    destroy() {
      model.off("msg:custom", receive);
      if (asked) clearTimeout(asked.timer);
      [asked, waiting].filter(Boolean).forEach(dropped);
      asked = waiting = null;
    },
  };
}

/** Shows the inspector in an element of a notebook; what is returned takes it away. */
function renderInNotebook({ model, el }) {
  const answers = kernelQuestions(model, "answer");
  const pages = kernelQuestions(model, "page");
  const view = mount(el, { ...model.get("data"), start: model.get("state") }, {
    ask: answers.ask,
    standalone: () => pages.ask(view.store.state()),
  });

  function tell(changed) {
    if (!changed.has("state") || sameJson(view.store.state(), model.get("state"))) return;
    model.set("state", structuredClone(view.store.state()));
    model.save_changes();
  }
  function hear() {
    const state = model.get("state");
    if (!sameJson(state, view.store.state())) view.store.set(sanitized(state, view.store.data));
  }

  const leave = view.store.subscribe(tell);
  tell(new Set(["state"])); // what Python left to the view: how it is looked at
  model.on("change:state", hear);
  return () => {
    model.off("change:state", hear);
    leave();
    view.destroy();
    answers.destroy();
    pages.destroy();
  };
}

export default { render: renderInNotebook };

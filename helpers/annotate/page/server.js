// Questions to the server. All addresses are relative to the page's own.

// A Failure is final when it is no use to ask again.
export class Failure extends Error {
  constructor(sentence, final) {
    super(sentence);
    this.final = final;
  }
}

const patience = 15_000; // milliseconds
const finalCodes = [400, 413, 415, 422];

async function ask(path, options = {}) {
  let response;
  try {
    const always = { cache: "no-store", redirect: "error", signal: AbortSignal.timeout(patience) };
    response = await fetch("api/" + path, { ...always, ...options });
  } catch {
    throw new Failure("the server doesn’t answer", false);
  }
  let answer = null;
  try {
    answer = await response.json();
  } catch {
    // Not our server: a proxy, or one that asks to sign in.
  }
  if (response.ok && answer !== null) return answer;
  if (typeof answer?.error === "string") {
    throw new Failure(answer.error, finalCodes.includes(response.status));
  }
  throw new Failure(`the answer ${response.status} is not from the labeling server`, false);
}

function post(path, value) {
  const body = JSON.stringify(value);
  // A request that is under way when the page is left is brought to its end, if it isn't long.
  const keepalive = body.length < 15_000;
  return ask(path, { method: "POST", headers: { "Content-Type": "application/json" }, body, keepalive });
}

export const server = {
  about: () => ask("about"),
  batch: () => ask("batch"),
  status: () => ask("status"),
  suggestion: async (id) => (await ask("suggestion?id=" + encodeURIComponent(id))).suggestion,
  twins: async (id) => (await ask("twins?id=" + encodeURIComponent(id))).judgments,
  addClass: (name) => post("classes", { name }),
  rename: (from, to, annotator) => post("rename", { from, to, annotator }),
  merge: (from, into, annotator) => post("merge", { from, into, annotator }),
  async judge(judging) {
    const receipt = await post("judge", judging);
    if (typeof receipt.seq !== "number") throw new Failure("the answer is not from the labeling server", false);
    return receipt;
  },
};

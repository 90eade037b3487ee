// The engine behind the page: the server that the page came from.
"use strict";
const engine = {
  where: "this machine",
  ready: Promise.resolve(),
  onstatus: () => {},
  async ask(job, fields, signal) {
    let answer;
    try {
      answer = await fetch("ask", {method: "POST", headers: {"Content-Type": "application/json"},
                                   body: JSON.stringify({job, fields}), signal});
    } catch (error) {
      if (error.name === "AbortError") throw error;
      return {error: {message: "the server does not answer", hint: "is symderiv serve still running?"}};
    }
    try {
      return await answer.json();
    } catch (error) {
      if (error.name === "AbortError") throw error;
      return {error: {message: `the server answered ${answer.status}`, hint: "try again"}};
    }
  },
};

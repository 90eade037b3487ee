// The engine behind the page: Python in a worker of this browser.
"use strict";
const engine = (() => {
  const SECONDS = 120;
  const waiting = [];
  let worker, started, running = null, number = 0;
  const self_ = {where: "this browser", onstatus: () => {}, ask};

  function begin() {
    if (typeof WebAssembly !== "object") {
      self_.onstatus("This browser has no WebAssembly, which Python needs here. A newer browser, or symderiv serve, will do.", true);
      return Promise.reject(new Error("no WebAssembly"));
    }
    worker = new Worker("worker.js", {type: "module"});
    return new Promise((resolve, reject) => {
      const failed = (said) => { self_.onstatus(said, true); reject(new Error(said)); };
      worker.onmessage = ({data}) => {
        if (data.ready) { self_.onstatus(data.note || ""); resolve(); keepAll(); }
        else if (data.failed) failed(data.failed);
        else if (data.progress) self_.onstatus(data.progress);
        else if (running && data.id === running.id) finished(data.answer);
      };
      worker.onerror = () => failed("The engine of the page could not be started.");
    });
  }

  // One question at a time; those that were asked again before their turn are never begun.
  async function next() {
    if (running || !waiting.length) return;
    running = waiting.shift();
    running.id = ++number;
    try {
      await (started ||= begin());
    } catch {
      finished({error: {message: "the engine of this page did not start", hint: "reload the page; symderiv serve does the same"}});
      return;
    }
    running.timer = setTimeout(ended, SECONDS * 1000);
    worker.postMessage({id: running.id, job: running.job, fields: running.fields});
  }

  function finished(answer) {
    clearTimeout(running.timer);
    running.resolve(answer);
    running = null;
    next();
  }

  // Python cannot be interrupted there: its worker is ended, and another begins with the next question.
  function ended() {
    worker.terminate();
    started = null;
    finished({error: {message: `this took more than ${SECONDS} seconds`, hint: "a smaller expression, or name its parts"}});
  }

  function ask(job, fields, signal) {
    return new Promise((resolve, reject) => {
      const question = {job, fields, resolve};
      waiting.push(question);
      signal?.addEventListener("abort", () => {
        const place = waiting.indexOf(question);
        if (place >= 0) waiting.splice(place, 1);
        reject(new DOMException("asked again", "AbortError"));
      });
      next();
    });
  }

  // Everything is kept for use without a network, once it does not stand in the way of the first answer.
  function keepAll() {
    if ("serviceWorker" in navigator) navigator.serviceWorker.register("offline.js").catch(() => {});
  }

  return self_;
})();

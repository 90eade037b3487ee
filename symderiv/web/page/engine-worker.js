// The engine behind the page: Python in a worker of this browser.
"use strict";
const engine = (() => {
  let worker, started, number = 0;
  const open = new Map();
  const self_ = {where: "this browser", onstatus: () => {}, ready: null, ask};

  function begin() {
    if (typeof WebAssembly !== "object") {
      self_.onstatus("This browser has no WebAssembly, which Python needs here. A newer browser, or symderiv serve, will do.", true);
      return Promise.reject(new Error("no WebAssembly"));
    }
    worker = new Worker("worker.js");
    return new Promise((resolve, reject) => {
      worker.onmessage = ({data}) => {
        if (data.ready) { self_.onstatus(data.note || ""); resolve(); }
        else if (data.failed) { self_.onstatus(data.failed, true); reject(new Error(data.failed)); }
        else if (data.progress) self_.onstatus(data.progress);
        else if (open.has(data.id)) { open.get(data.id)(data.answer); open.delete(data.id); }
      };
      worker.onerror = () => { self_.onstatus("The engine of the page could not be started.", true); reject(new Error("worker")); };
    });
  }

  // A question that is asked again before it is answered ends the old one; Python in a worker is ended with its worker.
  function ask(job, fields, signal) {
    started ||= (self_.ready = begin());
    return started.then(() => new Promise((resolve, reject) => {
      const id = ++number;
      open.set(id, resolve);
      worker.postMessage({id, job, fields});
      signal?.addEventListener("abort", () => {
        open.delete(id);
        reject(new DOMException("asked again", "AbortError"));
      });
    }), () => ({error: {message: "the engine of this page did not start", hint: "reload the page; symderiv serve does the same"}}));
  }

  if ("serviceWorker" in navigator) navigator.serviceWorker.register("offline.js").catch(() => {});
  return self_;
})();

// The page: three jobs, one state that a link can hold, answers from whichever engine stands behind it.
"use strict";
const $ = (selector, within = document) => within.querySelector(selector);
const $$ = (selector, within = document) => [...within.querySelectorAll(selector)];
const FIELDS = {derive: ["expr", "given", "wrt"], verify: ["text", "given"], prove: ["left", "right", "given"]};
const NEEDED = {derive: ["expr", "wrt"], verify: ["text"], prove: ["left", "right"]};
const EXAMPLES = {
  derive: [
    ["Softmax classifier", {expr: "cross_entropy(W*x, y)", given: "W: m n; x: n; y: label m", wrt: "W"}],
    ["Quadratic form", {expr: "x'*A*x", given: "A: n n symmetric; x: n", wrt: "x"}],
    ["log det", {expr: "\\log\\det(X)", given: "X: n n invertible", wrt: "X"}],
    ["Least squares", {expr: "norm(X*w - y)^2/2", given: "X: N d; w: d; y: N", wrt: "w"}],
    ["Softmax Jacobian", {expr: "softmax(z)", given: "z: m", wrt: "z"}],
  ],
  verify: [
    ["Ridge, with a slip", {text: "L = \\|Xw - y\\|^2 + \\lambda \\|w\\|^2\n\\nabla_w L = 2X^\\top(Xw - y) + \\lambda w",
                            given: "X: N d; w: d; y: N; lambda: scalar"}],
    ["Softmax classifier", {text: "p = \\operatorname{softmax}(Wx)\nL = -\\log p_y\n\\nabla_W L = (p - e_y)x^\\top",
                            given: "W: m n; x: n; y: label m"}],
  ],
  prove: [
    ["Sigmoid and tanh", {left: "tanh(z/2)", right: "2*sigmoid(z) - 1", given: "z: n"}],
    ["Trace is cyclic", {left: "tr(A*B)", right: "tr(B*A)", given: "A: m n; B: n m"}],
    ["A false one", {left: "(A*B)'", right: "A'*B'", given: "A: n n; B: n n"}],
  ],
};
const STATUS = {proved: "✓", supported: "≈", conditional: "∗", refuted: "✗", undecided: "?"};
let job = "derive";

// ------------------------------------------------------------------ small things

function element(name, attributes = {}, ...inside) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else if (value !== null && value !== undefined && value !== false) made.setAttribute(key, value === true ? "" : value);
  }
  made.append(...inside.filter((each) => each !== null && each !== undefined && each !== ""));
  return made;
}

// Mathematics comes from our own engine, escaped there.
function typeset(html, name = "div", attributes = {}) {
  const made = element(name, attributes);
  made.innerHTML = html || "";
  return made;
}

function debounced(wait, work) {
  let timer, stop;
  return (...given) => {
    clearTimeout(timer);
    stop?.abort();
    timer = setTimeout(() => {
      stop = new AbortController();
      work(stop.signal, ...given).catch((error) => { if (error.name !== "AbortError") throw error; });
    }, wait);
  };
}

function fields(which = job) {
  return Object.fromEntries(FIELDS[which].map((name) => [name, $(`#${which}-${name}`).value]));
}

function fill(which, values) {
  for (const name of FIELDS[which]) {
    $(`#${which}-${name}`).value = values[name] ?? "";
    grow($(`#${which}-${name}`));
  }
}

function grow(area) {
  if (area.tagName !== "TEXTAREA") return;
  area.style.height = "auto";
  area.style.height = `${area.scrollHeight + 2}px`;
}

async function copied(button, text) {
  const said = button.textContent;
  try {
    await navigator.clipboard.writeText(text);
    button.textContent = "Copied";
  } catch {
    const area = element("textarea", {}, text);
    document.body.append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
    button.textContent = "Copied";
  }
  setTimeout(() => { button.textContent = said; }, 1500);
}

// ------------------------------------------------------------------ state: the tab, the link, the history

function show(which, focus = false) {
  job = which in FIELDS ? which : "derive";
  for (const tab of $$("[role=tab]")) {
    const chosen = tab.dataset.job === job;
    tab.setAttribute("aria-selected", chosen);
    tab.tabIndex = chosen ? 0 : -1;
    if (chosen && focus) tab.focus();
    $(`#${tab.dataset.job}`).hidden = !chosen;
  }
  $$(`#${job} textarea`).forEach(grow);
}

function address() {
  const held = new URLSearchParams({job});
  for (const [name, value] of Object.entries(fields())) if (value) held.set(name, value);
  return `#${held}`;
}

function keep() {
  const here = address();
  let before = remembered().filter((each) => each.hash !== here);
  before = [{hash: here, said: Object.values(fields()).filter(Boolean).join("  ·  ").slice(0, 120)}, ...before].slice(0, 30);
  try { localStorage.setItem("symderiv-before", JSON.stringify(before)); } catch { /* no room, or not allowed */ }
  past();
}

function remembered() {
  try { return JSON.parse(localStorage.getItem("symderiv-before")) || []; } catch { return []; }
}

function past() {
  const list = $("#before ol");
  list.replaceChildren(...remembered().map((each) => element("li", {}, element("a", {href: each.hash}, each.said || each.hash))));
  $("#before").hidden = !list.children.length;
}

function restore(run = true) {
  const held = new URLSearchParams(location.hash.slice(1));
  if (!held.has("job")) return false;
  show(held.get("job"));
  fill(job, Object.fromEntries(held));
  previews();
  if (run && NEEDED[job].every((name) => held.get(name))) $(`#${job} form`).requestSubmit();
  return true;
}

// ------------------------------------------------------------------ errors, beside the place

// `texts` are the fields of the question: the place is marked in that which the error is about.
function problem(error, texts = {}) {
  const made = element("div", {class: "problem", role: "alert"}, element("p", {}, error.message));
  const text = error.field ? texts[error.field] : texts.expr ?? texts.text;
  if (text && error.column) made.append(marked(text, error));
  else if (error.in) made.append(element("p", {class: "quiet"}, "in: ", element("code", {}, error.in)));
  if (error.hint) made.append(element("p", {class: "quiet"}, "Try: ", error.hint));
  return made;
}

// The box below a field in which something is said of it, and which of them have a sentence now.
function saying(which, name) { return $(`#${which}-${name}-said`); }

function blame(which, error, names = FIELDS[which]) {
  for (const name of names) {
    const wrong = Boolean(error) && error.field === name;
    $(`#${which}-${name}`).setAttribute("aria-invalid", wrong);
    if (name !== "expr" && name !== "left" && name !== "right") saying(which, name).replaceChildren(...(wrong ? [problem(error, fields(which))] : []));
  }
}

function marked(text, {line, column, token}) {
  const row = text.split("\n")[line - 1] ?? text, start = column - 1, end = start + Math.max(1, (token || "").length);
  return element("pre", {}, row.slice(0, start), element("mark", {}, row.slice(start, end) || " "), row.slice(end));
}

// ------------------------------------------------------------------ what is shown while one writes

async function preview(signal, which, name) {
  const said = saying(which, name), asked = fields(which), text = asked[name];
  const about = FIELDS[which].filter((each) => each !== "wrt");
  if (!text.trim()) { said.replaceChildren(); blame(which, null, about); return; }
  const answer = await engine.ask("preview", {expr: text, given: asked.given}, signal);
  said.classList.remove("stale");
  const error = answer.error && {...answer.error, field: answer.error.field === "expr" ? name : answer.error.field};
  blame(which, error, about);
  if (which === "derive") names();
  if (!error) said.replaceChildren(typeset(answer.reading, "div", {class: "reading"}));
  else if (error.field === "given") said.replaceChildren();
  else {
    const offer = error.kind === "UndeclaredName" ? await proposal(which, signal) : null;
    if (offer?.given) blame(which, null, about);
    const wrong = offer?.misread && offer.misread.field === name ? offer.misread : error;
    said.replaceChildren(offer?.given ? element("p", {class: "offer"}, "Names not declared. ", element("button", {type: "button",
      onclick: () => { take(which, offer); previews(); }}, `Take ${offer.given}`)) : problem(wrong, asked));
  }
}

// Declarations that would give the expression a meaning, and what one derives by.
async function proposal(which, signal) {
  const texts = which === "prove" ? fields(which).left + "\n" + fields(which).right : fields(which).expr;
  const answer = await engine.ask("propose", {text: texts, given: fields(which).given}, signal);
  if (answer.misread) answer.misread.field = which === "prove" ? ["left", "right"][answer.misread.text] : "expr";
  return answer.error || !(answer.given || answer.wrt || answer.misread) ? null : answer;
}

function take(which, offer) {
  if (offer.given) declare(which, offer.given);
  if (which === "derive" && !$("#derive-wrt").value.trim()) $("#derive-wrt").value = offer.wrt;
}

function declare(which, more) {
  const given = $(`#${which}-given`);
  given.value = [given.value.trim().replace(/;$/, ""), more].filter(Boolean).join("; ");
  grow(given);
  chips(which);
}

function chips(which) {
  const given = $(`#${which}-given`), box = $(`#${which}-chips`);
  const parts = given.value.split(/[;\n]/).map((each) => each.trim()).filter(Boolean);
  box.replaceChildren(...parts.map((part, place) => element("span", {class: "chip"},
    element("button", {type: "button", "aria-label": `Change ${part}`, onclick: () => change(which, parts, place)}, part),
    element("button", {type: "button", "aria-label": `Remove ${part}`, onclick: () => {
      given.value = parts.filter((_, other) => other !== place).join("; ");
      chips(which); previews();
    }}, "×"))));
}

function change(which, parts, place) {
  const given = $(`#${which}-given`), start = given.value.indexOf(parts[place]);
  given.focus();
  given.setSelectionRange(start, start + parts[place].length);
}

function names() {
  const found = $("#derive-given").value.split(/[;\n]/).map((each) => each.split(":")[0].trim()).filter((each) => /^\w+$/.test(each));
  $("#derive-names").replaceChildren(...found.map((each) => element("option", {value: each})));
}

// What is said of a text that has changed since.
function stale() { for (const said of $$(`#${job} .said`)) if (said.children.length) said.classList.add("stale"); $(`#${job} .result`).classList.add("stale"); }

const previewing = {};
function previews() {
  for (const [which, name] of [["derive", "expr"], ["prove", "left"], ["prove", "right"]]) {
    if (which !== job) continue;
    (previewing[which + name] ||= debounced(250, preview))(which, name);
  }
  chips(job);
}

// ------------------------------------------------------------------ answers

function badge(status) {
  return element("span", {class: `badge ${status}`}, `${STATUS[status] || "·"} ${status}`);
}

function listed(title, rows) {
  return rows.length ? element("section", {}, element("h2", {}, title), element("ul", {}, ...rows.map((row) => element("li", {}, row)))) : null;
}

function proof(proofs, latex) {
  const grains = [["answer", "answer"], ["steps", "steps"], ["rewrites", "every rewrite"]].filter(([grain]) => proofs[grain]);
  if (!grains.length) return null;
  const box = element("div", {class: "proof"}), group = `grain-${Math.random().toString(36).slice(2)}`;
  const choose = (grain) => box.replaceChildren(...typeset(proofs[grain]).childNodes);
  const choice = element("fieldset", {class: "grains"}, element("legend", {}, "Detail"), ...grains.map(([grain, said]) =>
    element("label", {}, element("input", {type: "radio", name: group, checked: grain === "steps", onchange: () => choose(grain)}), said)));
  choose(grains.some(([grain]) => grain === "steps") ? "steps" : grains[0][0]);
  const copy = latex ? element("button", {type: "button", onclick: (event) => copied(event.target, latex)}, "Copy the proof as LaTeX") : null;
  return element("details", {open: true}, element("summary", {}, "Proof"), choice, box, copy);
}

function derivative(answer) {
  const copies = [["LaTeX", answer.latex], ["plain", answer.closed], ["Python", answer.code.python], ["NumPy", answer.code.numpy],
                  ["JAX", answer.code.jax], ["torch", answer.code.torch]].filter(([, text]) => text);
  return [
    element("p", {}, badge(answer.status), ` shape (${answer.shape.join(", ")})`),
    typeset(answer.mathml, "div", {class: "display main"}),
    element("div", {class: "copies", role: "group", "aria-label": "Copy"}, "Copy as ", ...copies.map(([said, text]) =>
      element("button", {type: "button", onclick: (event) => copied(event.target, text)}, said))),
    answer.names.length ? element("section", {}, element("h2", {}, "where"), element("dl", {}, ...answer.names.flatMap(
      ([name, body]) => [typeset(name, "dt"), typeset(body, "dd")]))) : null,
    listed("Conditions", answer.conditions), listed("Notes", answer.notes),
    proof(answer.proofs, answer.proof_latex),
    element("p", {class: "quiet"}, answer.check.ok
      ? `Agrees with numerical derivatives at ${answer.check.samples} points; largest error ${answer.check.max_error.toExponential(1)}.`
      : `DISAGREES with numerical derivatives: largest error ${answer.check.max_error.toExponential(1)}.`,
      answer.certificate ? ` Certificate ${answer.certificate.slice(0, 16)}….` : ""),
    answer.alternatives.length ? element("details", {}, element("summary", {}, "Other forms"),
      ...answer.alternatives.map((each) => typeset(each.mathml, "div", {class: "display"}))) : null,
    element("details", {}, element("summary", {}, "Computation graph"), typeset(answer.graph, "div", {class: "graph"})),
    ...["numpy", "jax", "torch"].filter((target) => answer.code[target]).map((target) => element("details", {},
      element("summary", {}, `Code for ${target}`), element("pre", {tabindex: "0"}, answer.code[target]))),
  ];
}

const showing = {
  derive(answer) { return answer.results.flatMap(derivative); },
  prove(answer) {
    return [
      element("p", {}, badge(answer.status), ` ${answer.evidence || ""}`),
      typeset(answer.mathml, "div", {class: "display main"}),
      answer.counterexample ? element("p", {class: "problem"}, `Counterexample: ${answer.counterexample}`) : null,
      listed("Conditions", answer.conditions), proof(answer.proofs),
      answer.certificate ? element("p", {class: "quiet"}, `Certificate ${answer.certificate.slice(0, 16)}….`) : null,
    ];
  },
  verify(answer) {
    const needed = answer.needed || [];
    return [
      element("p", {}, answer.summary), ...answer.problems.map((each) => element("p", {class: "problem"}, each)),
      needed.length ? element("p", {class: "offer"}, "Names not declared. ", element("button", {type: "button", onclick: () => {
        declare("verify", needed.map((each) => each.split("%")[0].trim()).join("; "));
        $("#verify form").requestSubmit();
      }}, `Take ${needed.map((each) => each.split("%")[0].trim()).join("; ")}`)) : null,
      element("ol", {class: "lines"}, ...answer.lines.map((line) => element("li", {class: line.kind},
        element("span", {class: "mark", title: line.status}, line.mark), typeset(line.mathml, "div", {class: "said"}), verdict(line)))),
    ];
  },
};

function verdict(line) {
  const formula = (said, mathml) => mathml && element("div", {class: "formula"}, element("span", {}, said), typeset(mathml, "span"));
  const whole = element("div", {}, ...line.shown.map((each) => element("p", {}, each)), ...[
    formula("should be", line.suggested), formula("read as", line.read),
    ...line.otherwise.map((each) => formula(`or as (${each.said})`, each.mathml)),
    ...line.notes.map((note) => typeset(note, "p"))].filter(Boolean));
  if (line.kind !== "wrong" || !$("#verify-hints").checked) return element("div", {class: "verdict"}, whole);
  // Hints first: that it is wrong, what kind of slip, then all of it.
  const steps = [line.diagnosis ? `A slip of this kind: ${line.diagnosis}` : null].filter(Boolean);
  const box = element("div", {class: "verdict"}, element("p", {}, "Look at this line again."));
  const more = element("button", {type: "button", onclick: () => {
    if (steps.length) box.insertBefore(element("p", {}, steps.shift()), more);
    else { box.replaceChildren(whole); }
  }}, "A hint");
  box.append(more);
  return box;
}

// What stands in no field that is needed, as an error about it.
function missing(which, asked) {
  const name = NEEDED[which].find((each) => !asked[each].trim());
  return name && {error: {field: name, message: `Nothing stands in "${$(`label[for=${which}-${name}]`).textContent}"`,
                          hint: "one of the examples below shows what is meant"}};
}

// The answer; names that are not declared, and what to derive by, are taken as they are proposed.
async function answered(which, asked, signal) {
  const ask = (of) => missing(which, of) || engine.ask(which === "derive" ? "show" : which, of, signal);
  const answer = await ask(asked), {kind, field} = answer.error || {};
  const open = which !== "verify" && (kind === "UndeclaredName" || (field === "wrt" && !asked.wrt.trim() && asked.expr.trim()));
  const offer = open ? await proposal(which, signal) : null;
  if (!offer || signal.aborted) return answer;
  if (offer.misread) return {error: offer.misread};
  take(which, offer);
  previews();
  history.replaceState(null, "", address());
  return ask(fields(which));
}

const asking = {};
// While one writes, what was found before is shown until the new is there; only the last that was asked is shown at all.
async function run(which, writing = false) {
  const result = $(`#${which} .result`), asked = fields(which);
  asking[which]?.abort();
  const {signal} = asking[which] = new AbortController();
  if (!writing || result.hidden) {
    result.classList.remove("stale");
    result.replaceChildren(element("p", {class: "quiet"}, "Working …"));
  }
  result.hidden = false;
  result.setAttribute("aria-busy", "true");
  history.replaceState(null, "", address());
  if (!writing) keep();
  let answer;
  try {
    answer = await answered(which, asked, signal);
  } catch (error) {
    if (error.name !== "AbortError") throw error;
  }
  if (signal.aborted) return;
  result.classList.remove("stale");
  result.removeAttribute("aria-busy");
  blame(which, answer.error);
  result.replaceChildren(...(answer.error ? [problem(answer.error, asked)] : showing[which](answer)).filter(Boolean));
  if (which !== "verify") result.focus({preventScroll: true});
}

// ------------------------------------------------------------------ beginning

for (const [which, rows] of Object.entries(EXAMPLES)) {
  $(`.examples[data-for=${which}]`).replaceChildren(...rows.map(([said, values]) => element("li", {},
    element("button", {type: "button", onclick: () => { fill(which, values); previews(); $(`#${which} form`).requestSubmit(); }}, said))));
}
for (const which of Object.keys(FIELDS)) {
  $(`#${which} form`).addEventListener("submit", (event) => { event.preventDefault(); run(which); });
}
for (const area of $$("textarea, input:not([type=file], [type=checkbox])")) {
  area.addEventListener("input", () => { grow(area); stale(); previews(); });
  area.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) { event.preventDefault(); area.form.requestSubmit(); }
  });
}
const rechecked = debounced(700, async () => { if ($("#verify-text").value.trim()) await run("verify", true); });
for (const name of FIELDS.verify) $(`#verify-${name}`).addEventListener("input", rechecked);
$("#jobs").addEventListener("click", (event) => { const tab = event.target.closest("[role=tab]"); if (tab) { show(tab.dataset.job); previews(); } });
$("#jobs").addEventListener("keydown", (event) => {
  const tabs = $$("[role=tab]"), place = tabs.findIndex((tab) => tab.dataset.job === job);
  const to = {ArrowRight: place + 1, ArrowLeft: place - 1 + tabs.length, Home: 0, End: tabs.length - 1}[event.key];
  if (to !== undefined) { event.preventDefault(); show(tabs[to % tabs.length].dataset.job, true); previews(); }
});
async function taken(file) {
  if (!file) return;
  if (file.size > 200000) { $("#verify .result").hidden = false; $("#verify .result").replaceChildren(problem({message: "the file is longer than 200 kB", hint: "symderiv verify reads it"})); return; }
  $("#verify-text").value = await file.text();
  grow($("#verify-text"));
  run("verify");
}
$("#verify-file").addEventListener("change", (event) => taken(event.target.files[0]));
$("#verify-text").addEventListener("drop", (event) => { if (event.dataTransfer.files.length) { event.preventDefault(); taken(event.dataTransfer.files[0]); } });
$("#verify-print").addEventListener("click", () => print());
$("#share").addEventListener("click", (event) => copied(event.currentTarget, location.href.split("#")[0] + address()));
$("#forget").addEventListener("click", () => { try { localStorage.removeItem("symderiv-before"); } catch { /* not allowed */ } past(); });
function themed(theme) { if (theme) document.documentElement.dataset.theme = theme; }
$("#theme").addEventListener("click", () => {
  const dark = document.documentElement.dataset.theme || (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");
  themed(dark === "dark" ? "light" : "dark");
  try { localStorage.setItem("symderiv-theme", document.documentElement.dataset.theme); } catch { /* not allowed */ }
});
try { themed(localStorage.getItem("symderiv-theme")); } catch { /* not allowed */ }
engine.onstatus = (said, bad) => { $("#engine").textContent = said; $("#engine").classList.toggle("problem", Boolean(bad)); };
$("#where").textContent = engine.where;
addEventListener("hashchange", () => { if (location.hash !== address()) restore(); });
past();
if (!restore()) { show("derive"); fill("derive", EXAMPLES.derive[0][1]); previews(); }

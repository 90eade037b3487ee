(function () {
  "use strict";
  function copied(button, done) {
    var label = button.textContent;
    button.textContent = done ? "Copied" : "Could not copy";
    setTimeout(function () { button.textContent = label; }, 1500);
  }
  function byHand(text) {
    var area = document.createElement("textarea");
    area.value = text;
    area.style.position = "fixed";
    area.style.opacity = "0";
    document.body.appendChild(area);
    area.select();
    var done = false;
    try { done = document.execCommand("copy"); } catch (error) { done = false; }
    area.remove();
    return done;
  }
  document.querySelectorAll(".tools, #tools").forEach(function (tools) { tools.hidden = false; });
  document.querySelectorAll("button.copy").forEach(function (button) {
    button.addEventListener("click", function () {
      var text = button.dataset.latex || button.dataset.python;
      if (!navigator.clipboard) { copied(button, byHand(text)); return; }
      navigator.clipboard.writeText(text).then(
        function () { copied(button, true); },
        function () { copied(button, byHand(text)); });
    });
  });
  // How much of the proofs is open, everywhere at once.
  var grains = { answer: [], steps: ["steps"], rewrites: ["steps", "rewrites"] };
  document.querySelectorAll("input[name=grain]").forEach(function (choice) {
    choice.addEventListener("change", function () {
      document.querySelectorAll("details[data-grain=steps], details[data-grain=rewrites]").forEach(function (fold) {
        fold.open = grains[choice.value].indexOf(fold.dataset.grain) >= 0;
      });
    });
  });
  document.getElementById("graphs").addEventListener("change", function (event) {
    document.querySelectorAll("details[data-grain=graph]").forEach(function (fold) { fold.open = event.target.checked; });
  });
  // Items that hold every word that is searched for; a chapter stays as long as one of its items does.
  var box = document.getElementById("search");
  var items = Array.from(document.querySelectorAll("section[data-words]"));
  function search() {
    var words = box.value.toLowerCase().split(/\s+/).filter(Boolean);
    var found = 0;
    items.forEach(function (item) {
      var text = (item.dataset.words + " " + item.id + " " + item.firstElementChild.textContent).toLowerCase();
      var hit = words.every(function (word) { return text.indexOf(word) >= 0; });
      item.hidden = !hit;
      found += hit ? 1 : 0;
    });
    document.querySelectorAll("section.level2").forEach(function (chapter) {
      var inside = Array.from(chapter.querySelectorAll("section[data-words]"));
      chapter.hidden = inside.length > 0 && inside.every(function (item) { return item.hidden; });
    });
    document.querySelectorAll("nav li").forEach(function (line) {
      var section = document.getElementById(line.querySelector("a").getAttribute("href").slice(1));
      line.hidden = section !== null && section.hidden;
    });
    document.getElementById("found").textContent = words.length ? found + " of " + items.length : "";
  }
  if (box) {
    box.addEventListener("input", search);
    box.form.addEventListener("submit", function (event) { event.preventDefault(); });
    document.addEventListener("keydown", function (event) {
      if (event.key === "/" && !/^(INPUT|TEXTAREA|SELECT)$/.test(document.activeElement.tagName)) {
        event.preventDefault();
        box.focus();
      }
    });
    search();
  }
  // A link may lead to an item that the search has hidden.
  window.addEventListener("hashchange", function () {
    var target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (box && target && target.hidden) { box.value = ""; search(); target.scrollIntoView(); }
  });
  var closed = [];
  window.addEventListener("beforeprint", function () {
    closed = Array.from(document.querySelectorAll("details.printed:not([open])"));
    closed.forEach(function (fold) { fold.open = true; });
  });
  window.addEventListener("afterprint", function () {
    closed.forEach(function (fold) { fold.open = false; });
  });
})();

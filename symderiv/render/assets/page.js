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
  document.querySelectorAll("button.copy").forEach(function (button) {
    button.hidden = false;
    button.addEventListener("click", function () {
      var text = button.dataset.latex;
      if (!navigator.clipboard) { copied(button, byHand(text)); return; }
      navigator.clipboard.writeText(text).then(
        function () { copied(button, true); },
        function () { copied(button, byHand(text)); });
    });
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

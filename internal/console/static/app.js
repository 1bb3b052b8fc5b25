// What every page can do. Marks in the pages say where.
(() => {
  // data-copy="#id": copies the text of that element; the button says that it did.
  document.addEventListener("click", async (e) => {
    const button = e.target.closest("[data-copy]");
    if (!button) return;
    const from = document.querySelector(button.dataset.copy);
    try {
      await navigator.clipboard.writeText(from.value ?? from.textContent);
    } catch {
      const range = document.createRange();
      range.selectNodeContents(from);
      getSelection().removeAllRanges();
      getSelection().addRange(range);
      document.execCommand("copy");
    }
    const words = button.querySelector("[data-words]") ?? button;
    const before = words.textContent;
    words.textContent = button.dataset.done;
    setTimeout(() => { words.textContent = before; }, 1500);
  });

  // data-confirm="words": asks before a form is sent.
  document.addEventListener("submit", (e) => {
    const words = e.submitter?.dataset.confirm ?? e.target.dataset.confirm;
    if (words && !confirm(words)) e.preventDefault();
  });

  // A second press of a form's button does nothing for a while: long enough that nobody doubts,
  // and whoever stopped the page may press again. The key of the form makes it one act anyway.
  document.addEventListener("submit", (e) => {
    if (e.defaultPrevented || e.target.method !== "post") return;
    if (e.target.dataset.sent) { e.preventDefault(); return; }
    e.target.dataset.sent = "yes";
    setTimeout(() => delete e.target.dataset.sent, 15_000);
  });
  // A page that is shown again on the way back can send its forms again.
  addEventListener("pageshow", () => {
    for (const form of document.querySelectorAll("[data-sent]")) delete form.dataset.sent;
  });

  // data-forget="words": browsers keep a page that was left, and show it again on the way back.
  // What must not be read then is gone from it, and the words stand there.
  addEventListener("pagehide", () => {
    for (const secret of document.querySelectorAll("[data-forget]")) {
      const words = document.createElement("p");
      words.textContent = secret.dataset.forget;
      secret.replaceWith(words);
    }
  });
})();
// data-print: prints the page.
document.addEventListener("click", (e) => { if (e.target.closest("[data-print]")) print(); });

// Whatever scrolls by itself can be reached by the keyboard.
addEventListener("DOMContentLoaded", () => {
  for (const e of document.querySelectorAll(".table-responsive, pre")) {
    const scrolls = e.scrollWidth > e.clientWidth || e.scrollHeight > e.clientHeight;
    if (scrolls && !e.querySelector("a, button, input")) e.tabIndex = 0;
  }
});

// data-lost: says that a part that looks after itself does not come through, until it does.
(() => {
  const say = (lost) => { for (const e of document.querySelectorAll("[data-lost]")) e.hidden = !lost; };
  document.addEventListener("htmx:error", () => say(true));
  document.addEventListener("htmx:after:request", () => say(false));
})();

// The debug tool: what a call costs by the credential that is chosen, more rows, the invented person.
(() => {
  const form = document.querySelector("[data-debug]");
  if (!form) return;
  const pick = form.querySelector("[name=credential_id]");
  const tell = () => {
    const test = pick.selectedOptions[0]?.parentElement.dataset.test === "yes";
    for (const note of form.querySelectorAll("[data-costs]")) note.hidden = (note.dataset.costs === "nothing") !== test;
    for (const part of form.querySelectorAll("[data-signed]")) part.hidden = !pick.selectedOptions[0]?.hasAttribute("data-signs");
  };
  if (pick) { pick.addEventListener("change", tell); tell(); }

  for (const button of form.querySelectorAll("[data-more]")) {
    button.hidden = false;
    button.addEventListener("click", () => {
      const rows = form.querySelector(button.dataset.more);
      const row = rows.lastElementChild.cloneNode(true);
      for (const input of row.querySelectorAll("input")) input.value = "";
      rows.append(row);
      row.querySelector("input").focus();
    });
  }
  const fill = form.querySelector("[data-fill]");
  if (fill) {
    fill.hidden = false;
    fill.addEventListener("click", () => {
      for (const input of form.querySelectorAll("[data-sample]")) input.value = input.dataset.sample;
    });
  }
  document.getElementById("outcome")?.scrollIntoView();

  // Browsers keep a page that was left, and show it again on the way back. Of this one nothing
  // that was typed or answered may be in it then.
  addEventListener("pagehide", () => {
    for (const field of form.querySelectorAll("input:not([type=hidden]), textarea")) {
      if (field.type === "checkbox") field.checked = false;
      else field.value = "";
    }
    document.getElementById("outcome")?.remove();
  });
})();

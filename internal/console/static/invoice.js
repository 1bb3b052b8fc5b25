// The running sum of an application for an invoice. Without it the sum is shown once the form
// was sent.
(() => {
  const form = document.querySelector("[data-sum]");
  if (!form) return;
  const sum = document.querySelector(form.dataset.sum);
  // fen is what an amount says, or 0 while it says nothing.
  const fen = (text) => {
    const m = /^[¥￥]?\s*(\d{1,12})(?:\.(\d{0,2}))?$/.exec(text.trim().replace(/[,，]/g, ""));
    return m ? Number(m[1]) * 100 + Number((m[2] ?? "").padEnd(2, "0")) : 0;
  };
  const orders = () => [...form.querySelectorAll(".bill-order")].map((row) => ({
    box: row.querySelector("[name=orders]"), amount: row.querySelector("[data-most]"),
  }));
  const add = () => {
    let all = 0;
    for (const { box, amount } of orders()) {
      const over = box.checked && fen(amount.value) > Number(amount.dataset.most);
      amount.classList.toggle("is-invalid", over);
      if (box.checked) all += fen(amount.value);
    }
    const yuan = String(Math.floor(all / 100)).replace(/\B(?=(\d{3})+$)/g, ",");
    sum.textContent = `¥${yuan}.${String(all % 100).padStart(2, "0")}`;
  };
  form.addEventListener("input", (e) => {
    if (e.target.matches("[data-most]")) e.target.closest(".bill-order").querySelector("[name=orders]").checked = e.target.value.trim() !== "";
    add();
  });
  form.addEventListener("change", add);

  // Whoever leaves for a title that is missing finds what was typed again.
  const kept = "invoice";
  for (const link of form.querySelectorAll("a[href*='/titles/new']")) {
    link.addEventListener("click", () => sessionStorage.setItem(kept, JSON.stringify([...new FormData(form)])));
  }
  const typed = JSON.parse(sessionStorage.getItem(kept) ?? "[]");
  sessionStorage.removeItem(kept);
  for (const [name, value] of typed) {
    for (const field of form.elements) {
      if (field.name !== name || name === "title_id" || name.startsWith("_")) continue;
      if (field.type !== "checkbox" && field.type !== "radio") field.value = value;
      else if (field.value === value && !field.disabled) field.checked = true;
    }
  }
  if (orders().some(({ box }) => box.checked)) add(); // a browser fills fields in again by itself
})();

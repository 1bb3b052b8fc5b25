// Passkeys: the browser asks the authenticator, the API judges its answer.
// data-passkey="sign-in" signs in, "factor" proves the second factor, "enrol" adds one.
(() => {
  if (!window.PublicKeyCredential?.parseRequestOptionsFromJSON) return;
  const paths = {
    "sign-in": ["/api/v1/session/passkey/ceremony", "/api/v1/session/passkey"],
    factor: ["/api/v1/session/factors/passkey/ceremony", "/api/v1/session/factors/passkey"],
    enrol: ["/api/v1/me/passkeys/ceremony", "/api/v1/me/passkeys"],
  };
  const ask = async (path, body) => {
    const answer = await fetch(path, {
      method: "POST",
      headers: body ? { "Content-Type": "application/json" } : {},
      body: body && JSON.stringify(body),
    });
    if (!answer.ok) throw new Error((await answer.json()).detail);
    return answer.status === 204 ? null : answer.json();
  };
  for (const button of document.querySelectorAll("[data-passkey]")) {
    button.hidden = false;
    button.addEventListener("click", async () => {
      const fault = document.querySelector("[data-passkey-fault]");
      try {
        const [begin, end] = paths[button.dataset.passkey];
        const { ticket, options } = await ask(begin);
        const key = options.publicKey ?? options;
        const made = button.dataset.passkey === "enrol"
          ? await navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(key) })
          : await navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(key) });
        const name = document.querySelector("[data-passkey-name]")?.value;
        const done = await ask(end, { ticket, answer: made.toJSON(), ...(name ? { name } : {}) });
        const codes = document.querySelector("[data-passkey-codes]");
        if (codes && done?.recovery_codes) {
          // The first second factor brings recovery codes, which are told once.
          codes.textContent = done.recovery_codes.join("\n");
          codes.dataset.forget = codes.dataset.gone;
          document.querySelector("[data-passkey-form]").hidden = true;
          document.querySelector("[data-passkey-done]").hidden = false;
          return;
        }
        location.assign(button.dataset.next);
      } catch (e) {
        fault.textContent = fault.dataset.passkeyFault || e.message;
        fault.hidden = false;
      }
    });
  }
})();

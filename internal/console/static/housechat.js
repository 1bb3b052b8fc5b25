// Talks of support: each pane follows its ticket as it is talked about, and sends without leaving
// the page, so that several stand side by side with what is being written in them. Without it the
// forms are posted, and the page is loaded anew.
(() => {
  const moment = new Intl.DateTimeFormat("sv-SE", { timeZone: "Asia/Shanghai", dateStyle: "short", timeStyle: "medium" });
  const size = (n) => n >= 1 << 20 ? `${(n / (1 << 20)).toFixed(1)} MB` : `${Math.ceil(n / 1024)} KB`;
  const newID = () => [...crypto.getRandomValues(new Uint8Array(12))].map((b) => b.toString(16).padStart(2, "0")).join("");
  const pageAt = async (address, options) => {
    const answer = await fetch(address, options);
    return { ok: answer.ok, page: new DOMParser().parseFromString(await answer.text(), "text/html") };
  };
  const news = (ticket, has) => {
    const mark = document.querySelector(`#waiting [data-ticket="${CSS.escape(ticket)}"] .chat-news`);
    if (mark) mark.hidden = !has;
  };

  // pane brings one talk to life.
  const pane = (root) => {
    const { api, chat: ticket, connecting, open, again, out, failed, empty, sending } = root.dataset;
    const talk = root.querySelector(".talk"), frame = root.querySelector(".talk-frame"), link = root.querySelector(".chat-link");
    const blank = root.querySelector("template"), fault = root.querySelector(".chat-fault"), note = root.querySelector(".chat-note");
    const shown = new Set([...talk.children].map((li) => Number(li.dataset.place)));
    // last is the place behind which the stream goes on. What one has sent oneself is shown at
    // once, and does not count: something of the other side may lie before it.
    let last = Number(root.dataset.last), stream, waits = 1000, over = false;

    const say = (words, live) => { link.textContent = words; link.classList.toggle("text-green", Boolean(live)); };
    const tell = (words) => { fault.textContent = words; fault.hidden = !words; };
    const toEnd = () => { frame.scrollTop = frame.scrollHeight; };
    const unread = (has) => { root.classList.toggle("chat-unread", has); };

    // show puts a message in its place, once.
    const show = (m) => {
      if (shown.has(m.place)) return;
      shown.add(m.place);
      const follows = frame.scrollHeight - frame.scrollTop - frame.clientHeight < 80 || m.side === "support";
      const li = blank.content.firstElementChild.cloneNode(true);
      li.classList.add(`said-${m.side}`);
      li.classList.toggle("said-internal", m.internal);
      li.dataset.place = m.place;
      const name = li.querySelector(".said-name");
      name.textContent = m.side === "support" ? m.name || blank.dataset.support : m.name ?? "";
      name.hidden = m.side === "system";
      if (!m.internal) li.querySelector(".said-noted").remove();
      li.querySelector("time").textContent = moment.format(new Date(m.at));
      const file = li.querySelector(".said-file"), text = li.querySelector(".said-text");
      if (m.file) {
        file.href = `${api}/files/${encodeURIComponent(m.file.id)}`;
        [file.querySelector("span").textContent, file.querySelector("span + span").textContent] = [m.file.name, size(m.file.bytes)];
        text.remove();
      } else {
        const line = m.line && blank.content.querySelector(`[data-line="${CSS.escape(m.line)}"]`); // of the house, in the language of the page
        text.textContent = line ? line.textContent : m.text;
        file.remove();
      }
      if (!m.scrubbed) li.querySelector(".said-scrubbed").remove();
      talk.insertBefore(li, [...talk.children].find((other) => Number(other.dataset.place) > m.place) ?? null);
      if (follows) toEnd();
    };

    const end = (words) => { over = true; stream?.close(); say(words); };
    const follow = () => {
      if (over) return;
      stream = new EventSource(`${api}/events?after=${last}`);
      stream.addEventListener("open", () => { waits = 1000; say(open, true); });
      stream.addEventListener("message", (e) => {
        const m = JSON.parse(e.data);
        last = Math.max(last, m.place);
        show(m);
        if (m.side === "buyer" && !root.contains(document.activeElement)) unread(true);
        side();
      });
      stream.addEventListener("error", async () => {
        if (over) return;
        say(again);
        if (stream.readyState !== EventSource.CLOSED) return; // the browser comes again by itself, and says what it saw last
        stream.close();
        try {
          if ((await fetch(api)).status === 401) { end(out); return; }
        } catch { /* no net */ }
        setTimeout(follow, waits);
        waits = Math.min(waits * 2, 30000);
      });
    };

    // post sends something of a form under its id, which a repeat has too, and shows it. What is
    // refused is sent once more as a page, which says why in the language of its reader.
    const post = async (form, action, path, options) => {
      const buttons = [...form.querySelectorAll("button")];
      if (buttons[0].disabled) return false;
      buttons.forEach((b) => { b.disabled = true; });
      tell("");
      try {
        const answer = await fetch(api + path, { method: "POST", ...options });
        const body = await answer.json();
        if (answer.ok) {
          show(body);
          note.hidden = !body.scrubbed;
          form.elements.id.value = newID();
          side();
          return true;
        }
        if (answer.status === 401) { tell(out); return false; }
        if (answer.status >= 500) { tell(failed); return false; }
        form.elements.id.value = newID();
        const data = new FormData(form);
        const { page } = await pageAt(action, { method: "POST", body: form.matches(".chat-attach") ? data : new URLSearchParams(data) });
        tell(page.querySelector("main .invalid-feedback, main .alert-danger:not([hidden])")?.textContent ?? failed);
        return false;
      } catch {
        tell(failed);
        return false;
      } finally {
        buttons.forEach((b) => { b.disabled = false; });
      }
    };

    root.addEventListener("submit", async (e) => {
      const form = e.target; // its id is asked for by matches: it has a field of that name
      e.preventDefault();
      if (form.matches(".chat-say")) {
        const text = form.elements.text, noted = e.submitter?.hasAttribute("data-note");
        if (text.value.trim() === "") { tell(empty); text.focus(); return; }
        const body = JSON.stringify({ id: form.elements.id.value, text: text.value });
        const action = noted ? e.submitter.getAttribute("formaction") : form.getAttribute("action");
        if (await post(form, action, noted ? "/notes" : "/answers", { headers: { "Content-Type": "application/json" }, body })) text.value = "";
        text.focus();
      } else if (form.matches(".chat-attach")) {
        const file = form.elements.file.files[0];
        if (!file) return;
        const button = form.querySelector("button"), before = button.textContent;
        button.textContent = sending;
        const at = `/files?id=${encodeURIComponent(form.elements.id.value)}&name=${encodeURIComponent(file.name)}`;
        if (await post(form, form.getAttribute("action"), at, { headers: { "Content-Type": "application/octet-stream" }, body: file })) form.elements.file.value = "";
        button.textContent = before;
      }
    });
    root.addEventListener("keydown", (e) => {
      if (e.key === "Enter" && (e.ctrlKey || e.metaKey) && e.target.name === "text") e.target.form.requestSubmit(e.target.form.querySelector(".btn-primary"));
    });
    root.addEventListener("focusin", () => { unread(false); news(ticket, false); });

    // A canned answer goes to where the cursor stands, to be read over before it is sent.
    const canned = root.querySelector(".chat-canned");
    if (canned) {
      canned.hidden = false;
      canned.querySelector("select").addEventListener("change", (e) => {
        const text = root.querySelector("[name=text]");
        if (e.target.value) text.setRangeText(e.target.value, text.selectionStart, text.selectionEnd, "end");
        e.target.value = "";
        text.focus();
      });
    }
    toEnd();
    if (connecting) {
      say(connecting);
      follow();
    }
    panes.set(root, () => { over = true; stream?.close(); });
  };

  // side takes over how the ticket of its own page stands, if that has changed.
  const side = async () => {
    const before = document.getElementById("side");
    if (!before) return;
    try {
      const { ok, page } = await pageAt(location.pathname);
      const now = page.getElementById("side");
      if (ok && now && now.dataset.state !== before.dataset.state) before.replaceWith(now);
    } catch { /* the page stays as it is until the next message */ }
  };

  const panes = new Map();
  const all = document.getElementById("open"), waiting = document.getElementById("waiting");

  // The list is looked after again and again: other chats begin, and are said something in.
  const refresh = async (address) => {
    const { ok, page } = await pageAt(address ?? location.href);
    const now = page.getElementById("waiting");
    if (!ok || !now) return null;
    waiting.replaceChildren(...now.childNodes);
    return page;
  };
  const closed = (page) => { if (page && panes.size === 0) all.replaceChildren(...page.getElementById("open").childNodes); };

  if (all) {
    document.addEventListener("click", async (e) => {
      const link = e.target.closest(".chat-open, .chat-close, [data-focus]");
      if (!link || e.ctrlKey || e.metaKey || e.shiftKey) return;
      e.preventDefault();
      if (link.dataset.focus) {
        document.querySelector(`[data-chat="${CSS.escape(link.dataset.focus)}"] [name=text]`)?.focus();
        return;
      }
      const root = link.closest("[data-chat]");
      if (root) {
        panes.get(root)?.();
        panes.delete(root);
        root.remove();
      }
      // Where each leads knows what was open when the page was made; what is open now counts.
      const ids = [...panes.keys()].map((p) => p.dataset.chat);
      const more = link.closest("[data-ticket]")?.dataset.ticket;
      if (more) ids.push(more);
      const address = location.pathname + (ids.length ? "?" + ids.map((id) => `open=${encodeURIComponent(id)}`).join("&") : "");
      try {
        const page = await refresh(address);
        history.replaceState(null, "", address);
        const fresh = more && page?.querySelector(`[data-chat="${CSS.escape(more)}"]`);
        if (fresh) {
          all.querySelector(".chats-none")?.remove();
          all.append(fresh);
          pane(fresh);
          fresh.querySelector("[name=text]")?.focus();
        }
        closed(page);
      } catch { location.assign(address); }
    });
    setInterval(() => { if (!document.hidden) refresh().catch(() => { /* later */ }); }, 8000);
    // One who is there for chats says so again while the page stands.
    if (document.getElementById("presence").dataset.available === "true") {
      setInterval(() => fetch("/api/v1/presence", { method: "PUT", headers: { "Content-Type": "application/json" }, body: '{"available":true}' }).catch(() => { /* later */ }), 240000);
    }
  }
  addEventListener("pagehide", () => panes.forEach((leave) => leave()));
  for (const root of document.querySelectorAll("[data-chat]")) pane(root);
})();

// A ticket as it is talked about: what is said comes as it is said, and what is written is sent
// without leaving the page. Without it the forms are posted, and the page is loaded anew.
(() => {
  const link = document.querySelector("[data-link]");
  const talk = document.getElementById("talk");
  if (!link || !talk) return;
  const api = link.dataset.link;
  const blank = document.getElementById("said");
  const shown = new Set([...talk.children].map((li) => Number(li.dataset.place)));
  // last is the place behind which the stream goes on. What one has sent oneself is shown at
  // once, and does not count: something of the other side may lie before it.
  let last = Number(link.dataset.last);
  let stream, waits = 1000, over = false;

  const say = (words, colour) => {
    if (link.textContent === words) return;
    link.textContent = words;
    link.classList.toggle("text-green", colour === "green");
  };
  const size = (n) => n >= 1 << 20 ? `${(n / (1 << 20)).toFixed(1)} MB` : `${Math.ceil(n / 1024)} KB`;
  const moment = new Intl.DateTimeFormat("sv-SE", { timeZone: "Asia/Shanghai", dateStyle: "short", timeStyle: "medium" });

  const frame = talk.parentElement;
  const atEnd = () => frame.scrollHeight - frame.scrollTop - frame.clientHeight < 80;
  const toEnd = () => { frame.scrollTop = frame.scrollHeight; };

  // show puts a message in its place, once.
  const show = (m) => {
    if (shown.has(m.place)) return;
    shown.add(m.place);
    const follows = atEnd() || m.side === "buyer";
    const li = blank.content.firstElementChild.cloneNode(true);
    li.classList.add(`said-${m.side}`);
    li.dataset.place = m.place;
    const name = li.querySelector(".said-name");
    name.textContent = m.side === "support" ? m.name || blank.dataset.support : m.name ?? "";
    name.hidden = m.side === "system";
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

  // look takes over how the ticket stands, if that has changed.
  const look = async () => {
    try {
      const answer = await fetch(location.pathname);
      if (!answer.ok) return;
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const side = document.getElementById("side"), now = page.getElementById("side");
      if (!now || side.dataset.state === now.dataset.state) return;
      side.replaceWith(now);
      const composer = document.getElementById("composer"), next = page.getElementById("composer");
      if (!next.querySelector("#say")) {
        composer.replaceWith(next);
        end("");
      }
    } catch { /* the page stays as it is until the next message */ }
  };

  const end = (words) => {
    over = true;
    stream?.close();
    say(words);
  };

  const follow = () => {
    if (over) return;
    stream = new EventSource(`${api}/events?after=${last}`);
    stream.addEventListener("open", () => { waits = 1000; say(link.dataset.open, "green"); });
    stream.addEventListener("message", (e) => {
      const m = JSON.parse(e.data);
      last = Math.max(last, m.place);
      show(m);
      if (m.side !== "buyer") look();
    });
    stream.addEventListener("error", async () => {
      if (over) return;
      say(link.dataset.again);
      if (stream.readyState !== EventSource.CLOSED) return; // the browser comes again by itself, and says what it saw last
      stream.close();
      try {
        const { status } = await fetch(api);
        if (status === 401) { end(link.dataset.out); return; }
        if (status === 403 || status === 404) { end(link.dataset.gone); return; } // of another account now, or a role that may not
      } catch { /* no net */ }
      setTimeout(follow, waits);
      waits = Math.min(waits * 2, 30000);
    });
  };

  const newID = () => [...crypto.getRandomValues(new Uint8Array(12))].map((b) => b.toString(16).padStart(2, "0")).join("");
  const fault = document.getElementById("talk-fault");
  const note = document.getElementById("talk-note");
  const tell = (words) => { if (fault) { fault.textContent = words; fault.hidden = !words; } };

  // post sends something of a form under its id, which a repeat has too, and shows it.
  const post = async (form, path, options) => {
    const button = form.querySelector("button");
    if (button.disabled) return false;
    button.disabled = true;
    tell("");
    try {
      const answer = await fetch(api + path, { method: "POST", ...options });
      const body = await answer.json();
      if (!answer.ok) {
        if (answer.status === 401) { tell(link.dataset.out); return false; }
        form.elements.id.value = newID();
        if (answer.status < 500) { form.submit(); return false; } // the page says it in the language of its reader
        tell(form.dataset.failed);
        return false;
      }
      show(body);
      note.hidden = !body.scrubbed;
      form.elements.id.value = newID();
      if (document.getElementById("side").dataset.state !== "waiting_for_support") look();
      return true;
    } catch {
      tell(form.dataset.failed);
      return false;
    } finally {
      button.disabled = false;
    }
  };

  document.addEventListener("submit", async (e) => {
    const form = e.target; // its id is asked for by matches: it has a field of that name
    if (form.matches("#say")) {
      e.preventDefault();
      const text = form.elements.text;
      if (text.value.trim() === "") { tell(form.dataset.empty); text.focus(); return; }
      const body = JSON.stringify({ id: form.elements.id.value, text: text.value });
      if (await post(form, "/messages", { headers: { "Content-Type": "application/json" }, body })) text.value = "";
      text.focus();
    } else if (form.matches("#attach")) {
      e.preventDefault();
      const file = form.elements.file.files[0];
      if (!file) return;
      const button = form.querySelector("button"), before = button.textContent;
      button.textContent = form.dataset.sending;
      const at = `/files?id=${encodeURIComponent(form.elements.id.value)}&name=${encodeURIComponent(file.name)}`;
      if (await post(form, at, { headers: { "Content-Type": "application/octet-stream" }, body: file })) form.elements.file.value = "";
      button.textContent = before;
    }
  }, true);

  document.addEventListener("keydown", (e) => {
    if (e.key === "Enter" && (e.ctrlKey || e.metaKey) && e.target.id === "f-text") e.target.form.requestSubmit();
  });
  addEventListener("pagehide", () => stream?.close());

  toEnd();
  say(link.dataset.connecting);
  follow();
})();

// What the installer's phone adds: steps that wait for a signal, the camera as a scanner, printing.
//   form[data-keep]   its step is kept on the phone until the gateway has answered; sent again with
//                     the same id, so that it is taken once
//   form[data-blind]  without a signal its button may be pressed though nothing is shown to be chosen
"use strict";
(() => {
  const NAME = "doorwatch-steps", AGAIN_MS = 3000, WAIT_MS = 10000;
  const kept = () => { try { return JSON.parse(localStorage.getItem(NAME)) || []; } catch { return []; } };
  const keep = (steps) => { localStorage.setItem(NAME, JSON.stringify(steps)); tell(); };
  const tell = () => {
    const line = document.getElementById("kept");
    if (!line) return;
    const n = kept().length;
    line.hidden = !n || !lost;
    line.textContent = line.dataset.words.replace("#", n);
  };
  let lost = !navigator.onLine, sending = false;

  const send = async (step) => {
    const csrf = document.querySelector("input[name=csrf]");
    const body = new URLSearchParams({ ...step.fields, ago: Math.max(0, Date.now() - step.at), csrf: csrf ? csrf.value : "" });
    return fetch(step.action, {
      method: "POST", body, credentials: "same-origin", headers: { accept: "text/html" },
      signal: AbortSignal.timeout ? AbortSignal.timeout(WAIT_MS) : undefined,
    });
  };

  // One after the other, in the order of the taps; a page that is left takes them up again.
  const flush = async () => {
    if (sending) return;
    sending = true;
    let went = null;
    try {
      for (let steps = kept(); steps.length; steps = kept()) {
        const answer = await send(steps[0]);
        if (answer.status >= 500) throw new Error(String(answer.status));
        if (new URL(answer.url).pathname === "/login") { location.assign(answer.url); return; }
        keep(kept().slice(1)); // also what the gateway refuses: sent again it is refused again
        went = answer.url;
      }
      lost = false;
    } catch {
      lost = true;
      setTimeout(flush, AGAIN_MS);
    } finally {
      sending = false;
      tell(); blind();
    }
    if (went && !lost) location.replace(went);
  };

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.matches("form[data-keep]")) return;
    event.preventDefault();
    const fields = Object.fromEntries(new FormData(form));
    delete fields.csrf;
    const steps = kept();
    if (steps.some((each) => each.fields.step === fields.step)) {
      if (!lost) return; // a second tap on the same button
      fields.step += "~" + steps.length;
    }
    const button = form.querySelector("button") || document.querySelector(`button[form="${form.id}"]`);
    if (button) button.setAttribute("aria-busy", "true");
    keep([...steps, { action: form.getAttribute("action"), fields, at: Date.now() }]);
    flush();
  });

  const blind = () => {
    const button = document.querySelector("form[data-blind] button[data-blind-words]");
    if (!button || !lost || !button.disabled) return;
    button.disabled = false;
    button.textContent = button.dataset.blindWords;
  };

  const scanner = () => {
    const area = document.getElementById("scanner");
    if (!area || !("BarcodeDetector" in window) || !navigator.mediaDevices) return;
    area.hidden = false;
    const [video, button, field] = ["camera", "scan", "key"].map((id) => document.getElementById(id));
    const words = button.textContent;
    let stream = null;
    const stop = () => {
      for (const track of stream ? stream.getTracks() : []) track.stop();
      stream = null; video.hidden = true; button.textContent = words;
    };
    const look = async (detector) => {
      while (stream) {
        for (const code of await detector.detect(video).catch(() => [])) {
          const found = /(?:^|[^0-9a-f])([0-9a-f]{32}|[0-9a-f]{24})(?![0-9a-f])/i.exec(code.rawValue);
          if (found) { field.value = found[1]; stop(); field.form.requestSubmit(); return; }
        }
        await new Promise((done) => setTimeout(done, 200));
      }
    };
    button.addEventListener("click", async () => {
      if (stream) { stop(); return; }
      try {
        stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
      } catch { area.hidden = true; return; }
      video.srcObject = stream; video.hidden = false; button.textContent = button.dataset.stop;
      await video.play();
      look(new window.BarcodeDetector());
    });
  };

  window.addEventListener("online", flush);
  window.addEventListener("offline", () => { lost = true; tell(); blind(); });
  document.addEventListener("visibilitychange", () => { if (!document.hidden) flush(); });
  document.addEventListener("DOMContentLoaded", () => {
    for (const each of document.querySelectorAll("[data-print]")) each.addEventListener("click", () => window.print());
    // A list that is live is drawn again; the button has to stay what it was made.
    new MutationObserver(blind).observe(document.getElementById("main"), { childList: true, subtree: true });
    scanner(); tell(); blind(); flush();
  });
})();

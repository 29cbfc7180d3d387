"use strict";
// Follows a run that goes on: asks for its figures again and again, and hands them to
// the page's charts. An answer comes as soon as there is a newer second.
(function () {
  const root = document.documentElement;
  const words = new Uint32Array(4);
  crypto.getRandomValues(words);
  const reader = Array.from(words, function (w) { return w.toString(16); }).join("");
  let after = -1, run = null, seen = {}, misses = 0;

  function id(name) { return document.getElementById(name); }
  function made(tag, text, kind) {
    const n = document.createElement(tag);
    if (text !== undefined) n.textContent = text;
    if (kind) n.className = kind;
    return n;
  }
  // fill replaces what an element holds, when it has changed.
  function fill(name, value, parts) {
    const text = JSON.stringify(value), node = id(name);
    if (!node || seen[name] === text) return;
    seen[name] = text;
    node.replaceChildren.apply(node, parts(value));
  }

  function table(t) {
    const wide = made("div", undefined, "wide"), body = made("table");
    if (t.title) body.appendChild(made("caption", t.title));
    const letter = /^\p{L}/u;
    const isWord = t.head.map(function (h, i) { return i < t.words || t.rows.some(function (r) { return letter.test(r[i]); }); });
    const head = body.createTHead().insertRow();
    t.head.forEach(function (h, i) { const c = made("th", h, isWord[i] ? "w" : ""); c.scope = "col"; head.appendChild(c); });
    const rows = body.createTBody();
    t.rows.forEach(function (r) {
      const line = rows.insertRow();
      r.forEach(function (c, i) { line.appendChild(made("td", c, (isWord[i] ? "w" : "") + (c === "FAIL" ? " no" : ""))); });
    });
    wide.appendChild(body);
    return wide;
  }

  function show(m) {
    id("word").textContent = m.word;
    id("line").textContent = m.line;
    id("state").className = "verdict " + m.class;
    document.title = m.word + " " + m.line;
    fill("said", m.said, function (all) { return all.map(function (s) { return made("li", s); }); });
    fill("now", m.now, function (all) {
      return all.map(function (f) { const d = made("div"); d.append(made("dt", f.name), made("dd", f.value), made("dd", f.about)); return d; });
    });
    document.querySelectorAll("[id^=tables-]").forEach(function (n) {
      fill(n.id, m.tables[n.id.slice(7)] || [], function (all) { return all.map(table); });
    });
    document.dispatchEvent(new CustomEvent("figures", { detail: m }));
    document.querySelectorAll("section").forEach(function (s) {
      const empty = s.querySelector(".empty");
      if (empty) empty.hidden = !!s.querySelector("figure:not([hidden]), td");
    });
    if (m.ended) root.dataset.ended = m.word;
    root.dataset.second = m.after;
  }

  function lost(text) {
    id("lost").hidden = !text;
    id("lost").textContent = text;
    id("state").classList.toggle("lost", !!text);
  }

  function ask() {
    if (document.hidden) { document.addEventListener("visibilitychange", ask, { once: true }); return; }
    fetch("figures?after=" + after + "&reader=" + reader, { cache: "no-store", credentials: "omit" }).then(function (r) {
      if (r.status === 503) throw new Error("too many pages of this run are open");
      if (!r.ok) throw new Error("it answers " + r.status);
      return r.status === 204 ? null : r.json();
    }).then(function (m) {
      misses = 0;
      lost("");
      if (m) {
        if (run !== null && m.run !== run) { location.reload(); return; }
        run = m.run;
        after = m.after;
        show(m);
        if (m.ended) return;
      }
      setTimeout(ask, 100);
    }).catch(function (e) {
      misses++;
      const why = e instanceof TypeError ? "it does not answer" : e.message;
      lost("No word from the run (" + why + "): what stands here is old. Trying again.");
      setTimeout(ask, Math.min(500 * misses, 5000));
    });
  }
  ask();
})();

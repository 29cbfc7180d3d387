"use strict";
(function () {
  const root = document.documentElement;
  const errors = [];
  function failed(text) { errors.push(String(text)); root.dataset.errors = errors.length; root.dataset.error = errors[0]; }
  root.dataset.errors = 0;
  window.addEventListener("error", function (e) { failed(e.message); });
  document.addEventListener("securitypolicyviolation", function (e) { failed(e.violatedDirective + " " + e.blockedURI); });

  const data = JSON.parse(document.getElementById("data").textContent);
  const able = typeof uPlot === "function"; // It may have thrown, and then the still pictures stay.
  let time = data.time;
  let plots = []; // {chart, plot, node, along, low, high}
  let zooming = false, following = true;

  function color(name) { return getComputedStyle(root).getPropertyValue("--" + name).trim(); }
  function series(c) { return color("c" + c); }

  // How values are written.
  function span(v) {
    if (v === null || v === undefined) return "";
    if (v === 0) return "0";
    if (v < 0.001) return trim((v * 1e6).toPrecision(3)) + " µs";
    if (v < 1) return trim((v * 1e3).toPrecision(3)) + " ms";
    if (v < 120) return trim(v.toPrecision(3)) + " s";
    if (v < 7200) return trim((v / 60).toPrecision(3)) + " min";
    return trim((v / 3600).toPrecision(3)) + " h";
  }
  function trim(s) { return s.indexOf(".") < 0 || s.indexOf("e") >= 0 ? s : s.replace(/\.?0+$/, ""); }
  function count(v) {
    if (v === null || v === undefined) return "";
    if (v !== Math.round(v) && Math.abs(v) < 10) return trim(v.toFixed(2));
    return Math.round(v).toString().replace(/\B(?=(\d{3})+(?!\d))/g, ",");
  }
  function size(v) {
    let at = 0;
    for (; Math.abs(v) >= 1024 && at < 5; at++) v /= 1024;
    return trim(v.toPrecision(3)) + " " + ["B", "KiB", "MiB", "GiB", "TiB", "PiB"][at];
  }
  function two(n) { return n < 10 ? "0" + n : "" + n; }
  function clock(v) {
    if (v === null || v === undefined) return "";
    const s = Math.floor(v), part = v - s > 0.005 ? trim((v - s).toFixed(1)).slice(1) : "";
    if (s >= 3600) return Math.floor(s / 3600) + ":" + two(Math.floor(s / 60) % 60) + ":" + two(s % 60) + part;
    return Math.floor(s / 60) + ":" + two(s % 60) + part;
  }
  function rank(v) { return v === null || v === undefined ? "" : trim((100 * (1 - 1 / v)).toPrecision(v > 1000 ? 7 : 5)) + " %"; }
  function written(unit, v) {
    if (v === null || v === undefined) return "";
    if (unit === "seconds") return span(v);
    if (unit === "bytes") return size(v);
    if (unit === "share") return trim((v * 100).toFixed(1)) + " %";
    return count(v);
  }
  function ticks(unit) {
    return function (u, splits) { return splits.map(function (v) { return v === null ? "" : written(unit, v); }); };
  }

  // Faults are shaded behind the curves of every chart over time, and named above; of
  // several runs, in the charts of one run its own alone.
  function marked(chart) {
    return time.faults.filter(function (f) { return !f.of || !chart.of || f.of.indexOf(chart.of) >= 0; });
  }
  function shade(u, chart) {
    const ctx = u.ctx, box = u.bbox;
    ctx.save();
    ctx.beginPath(); ctx.rect(box.left, box.top, box.width, box.height); ctx.clip();
    marked(chart).forEach(function (f) {
      const from = u.valToPos(f.at, "x", true), to = u.valToPos(Math.max(f.end, f.at), "x", true);
      ctx.fillStyle = color("fault");
      ctx.fillRect(from, box.top, Math.max(to - from, uPlot.pxRatio), box.height);
    });
    ctx.restore();
  }
  function name(u, chart) {
    const ctx = u.ctx, box = u.bbox, px = uPlot.pxRatio;
    ctx.save();
    ctx.font = 11 * px + "px system-ui, sans-serif";
    ctx.textBaseline = "bottom";
    ctx.textAlign = "left";
    const places = [];
    marked(chart).forEach(function (f) {
      const at = u.valToPos(f.at, "x", true);
      if (at < box.left - 1 || at > box.left + box.width + 1) return;
      const number = (chart.of || !f.of ? "" : f.of) + f.number;
      places.push({ at: at, end: f.end, text: number + " " + f.name, number: number });
    });
    places.sort(function (a, b) { return a.at - b.at; });
    let free = -1e9;
    places.forEach(function (p, i) {
      ctx.strokeStyle = ctx.fillStyle = color("faultline");
      ctx.lineWidth = px;
      ctx.setLineDash([3 * px, 3 * px]);
      ctx.beginPath(); ctx.moveTo(p.at, box.top); ctx.lineTo(p.at, box.top + box.height); ctx.stroke();
      const end = Math.min(u.valToPos(p.end, "x", true), box.left + box.width);
      ctx.fillRect(p.at, box.top - 2 * px, Math.max(end - p.at, 2 * px), 2 * px);
      const next = i + 1 < places.length ? places[i + 1].at : box.left + box.width + 16 * px;
      let text = p.text;
      if (p.at + ctx.measureText(text).width + 6 * px > next) text = p.number;
      if (p.at < free) return;
      ctx.fillText(text, p.at, box.top - 3 * px);
      free = p.at + ctx.measureText(text).width + 4 * px;
    });
    ctx.restore();
  }

  // A heat map: the darker, the more, on a logarithmic scale.
  function paint(p) {
    return function (u) {
      const heat = p.chart.heat, ctx = u.ctx, box = u.bbox, most = Math.log(heat.most + 1), by = Math.pow(heat.high / heat.low, 1 / heat.rows);
      ctx.save();
      ctx.beginPath(); ctx.rect(box.left, box.top, box.width, box.height); ctx.clip();
      ctx.fillStyle = color("heat");
      Object.keys(heat.cells).forEach(function (column) {
        const list = heat.cells[column];
        const from = Math.round(u.valToPos(column * heat.step, "x", true)), to = Math.round(u.valToPos((+column + 1) * heat.step, "x", true));
        for (let i = 0; i < list.length; i += 2) {
          const bottom = Math.round(u.valToPos(heat.low * Math.pow(by, list[i]), "y", true)), top = Math.round(u.valToPos(heat.low * Math.pow(by, list[i] + 1), "y", true));
          ctx.globalAlpha = 0.12 + 0.88 * Math.log(list[i + 1] + 1) / most;
          ctx.fillRect(from, top, Math.max(to - from, 1), bottom - top);
        }
      });
      ctx.restore();
    };
  }

  // stacked adds each series to those below it; the last one is the lowest.
  function stacked(chart) {
    const out = chart.series.map(function (s) { return s.values.slice(); });
    for (let i = out.length - 2; i >= 0; i--) {
      for (let j = 0; j < out[i].length; j++) {
        if (out[i][j] !== null || out[i + 1][j] !== null) out[i][j] = (out[i][j] || 0) + (out[i + 1][j] || 0);
      }
    }
    return out;
  }

  function height() { return window.innerWidth < 640 ? 210 : 250; }

  const ways = { rank: rank, time: clock, after: function (v) { return v < 120 ? span(v) : clock(v); } };
  const steps = able ? uPlot.paths.stepped({ align: 1 }) : null;
  const bars = able ? uPlot.paths.bars({ size: [1, Infinity], align: 1 }) : null;

  // options reads what may change later (values, the top, the heat) through p.
  function options(p) {
    const chart = p.chart, node = p.node, along = chart.along, stack = chart.kind === "stack";
    const fmtX = ways[along];
    const axes = { stroke: function () { return color("soft"); }, grid: { stroke: function () { return color("rule"); }, width: 0.5 }, ticks: { stroke: function () { return color("rule"); }, width: 0.5 }, font: "11px system-ui, sans-serif" };
    const x = Object.assign({}, axes, { size: 34, values: function (u, v) { return v.map(fmtX); } });
    if (along === "time") x.incrs = [1, 2, 5, 10, 15, 20, 30, 60, 120, 300, 600, 900, 1200, 1800, 3600, 7200, 14400, 21600, 43200, 86400];
    if (along === "rank") { x.filter = function (u, v) { return v.map(function (one) { return Math.abs(Math.log10(one) - Math.round(Math.log10(one))) < 1e-6 ? one : null; }); }; x.values = function (u, v) { return v.map(function (one) { return one === null ? "" : rank(one); }); }; }
    const y = Object.assign({}, axes, { values: ticks(chart.unit), size: 62 });
    if (chart.log) y.filter = function (u, v) { return v.map(function (one) { return Math.abs(Math.log10(one) - Math.round(Math.log10(one))) < 1e-6 ? one : null; }); };
    const opts = {
      width: Math.max(node.clientWidth, 240), height: height(), padding: [along === "time" ? 18 : 8, 28, 0, 0],
      cursor: { drag: { x: true, y: false, setScale: true }, focus: { prox: 24 } },
      scales: { x: { time: false }, y: {} }, axes: [x, y],
      series: [{ label: { time: "at", after: "after", rank: "percentile" }[along], value: function (u, v) { return fmtX(v); } }],
      hooks: { drawAxes: [], draw: [], setScale: [function (u, key) { if (key === "x") { node.dataset.shown = u.scales.x.min + " " + u.scales.x.max; zoomed(u); } }] },
    };
    if (along === "rank") opts.scales.x = { time: false, distr: 3, log: 10 };
    if (along === "time") {
      opts.cursor.sync = { key: "time", setSeries: false, scales: ["x", null] };
      const under = function (u) { shade(u, chart); };
      if (stack) opts.hooks.draw.push(under); // The areas would hide it.
      else opts.hooks.drawAxes.push(under);
      opts.hooks.draw.push(function (u) { name(u, chart); });
    }
    if (chart.log) opts.scales.y = { distr: 3, log: 10 };
    else opts.scales.y = { range: function (u, low, high) { const top = Math.max(high || 0, p.chart.top || 0) || 1; return [Math.min(low || 0, 0), top * (chart.unit === "share" ? 1.02 : 1.06)]; } };
    if (chart.heat) {
      opts.scales.y = { distr: 3, log: 10, range: function () { return [p.chart.heat.low, p.chart.heat.high]; } };
      opts.scales.n = { range: function () { return [0, 1]; } };
      opts.hooks.drawAxes.push(paint(p));
      opts.series.push({ label: "logins in the column", scale: "n", paths: function () { return null; }, points: { show: false }, stroke: function () { return color("heat"); }, value: function (u, v) { return count(v); } });
      opts.series.push({ label: "y", scale: "y", show: true, paths: function () { return null; }, points: { show: false } });
    }
    (chart.series || []).forEach(function (s, at) {
      opts.series.push({
        label: s.name, width: stack ? 0 : s.width || 1.5, alpha: s.faint ? 0.4 : 1, dash: s.dash ? [5, 4] : undefined,
        stroke: function () { return series(s.color); }, fill: stack ? function () { return series(s.color); } : undefined,
        points: { show: false }, spanGaps: false, paths: chart.steps ? (stack ? bars : steps) : undefined,
        value: function (u, v, i, j) { return j === null || j === undefined ? "" : written(chart.unit, p.chart.series[at].values[j]); },
      });
      if (!stack && !chart.steps && lonely(s.values)) opts.series[opts.series.length - 1].points = { show: true, size: 5, fill: function () { return series(s.color); } };
    });
    return opts;
  }

  // lonely reports whether some point has no neighbour to draw a line to.
  function lonely(v) {
    for (let i = 0; i < v.length; i++) {
      if (v[i] !== null && (i === 0 || v[i - 1] === null) && (i === v.length - 1 || v[i + 1] === null)) return true;
    }
    return false;
  }

  function values(chart) {
    const xs = chart.along === "time" ? time.xs : chart.xs;
    if (chart.heat) {
      const sums = xs.map(function (t) {
        const list = chart.heat.cells[Math.floor(t / chart.heat.step)];
        if (!list) return 0;
        let n = 0;
        for (let i = 1; i < list.length; i += 2) n += list[i];
        return n;
      });
      return [xs, sums, xs.map(function () { return null; })];
    }
    return [xs].concat(chart.kind === "stack" ? stacked(chart) : chart.series.map(function (s) { return chart.steps ? held(s.values) : s.values; }));
  }

  // held lets the last step be as long as the others.
  function held(v) {
    let last = v.length - 1;
    while (last >= 0 && v[last] === null) last--;
    if (last < 0 || last === v.length - 1) return v;
    v = v.slice();
    v[last + 1] = v[last];
    return v;
  }

  // put draws a chart into its place; where that fails the still picture stays.
  function put(chart) {
    const node = document.getElementById("c-" + chart.id), figure = node && node.closest("figure");
    if (!node) { failed("no place for " + chart.id); return; }
    const p = { chart: chart, node: node, along: chart.along };
    const empty = !chart.heat && !(chart.series || []).length;
    figure.hidden = empty;
    document.getElementById("n-" + chart.id).textContent = chart.note || "";
    if (empty) return;
    node.hidden = false;
    try {
      p.plot = new uPlot(options(p), values(chart), node);
    } catch (e) {
      node.hidden = true;
      figure.classList.remove("drawn");
      failed(e.message);
      return;
    }
    figure.classList.add("drawn");
    if (chart.heat) p.plot.root.querySelectorAll(".u-series")[2].hidden = true;
    p.plot.root.querySelectorAll(".u-series").forEach(function (row, i) {
      if (i === 0 || chart.heat) return;
      const head = row.querySelector("th");
      head.tabIndex = 0;
      head.setAttribute("role", "button");
      head.addEventListener("keydown", function (e) { if (e.key === "Enter" || e.key === " ") { e.preventDefault(); e.stopPropagation(); head.click(); } });
    });
    ends(p);
    plots.push(p);
  }
  function ends(p) { const xs = p.plot.data[0]; p.low = xs[0]; p.high = xs[xs.length - 1]; }

  function build(keep) {
    plots.forEach(function (p) { p.plot.destroy(); });
    plots = [];
    if (!able) return;
    zooming = true;
    data.charts.forEach(put);
    zooming = false;
    if (keep) plots.forEach(function (p) { if (p.along === "time") p.plot.setScale("x", keep); });
    tell();
  }
  function tell() { root.dataset.drawn = plots.map(function (p) { return p.chart.id; }).join(" "); }

  // alike reports whether a chart has the same curves as before, with other values.
  function alike(a, b) {
    function names(c) { return (c.series || []).map(function (s) { return s.name + s.color + !!s.dash + (s.width || 0); }).join("\n"); }
    return a.along === b.along && !a.heat === !b.heat && names(a) === names(b) && (!!a.heat || lonelies(a) === lonelies(b));
  }
  function lonelies(c) { return c.series.map(function (s) { return lonely(s.values); }).join(); }

  // update shows the same charts with the figures of a later moment. A stretch that
  // somebody looks at stays; else the whole run is shown.
  function update(next) {
    const keep = following ? null : shown();
    data.charts = next.charts;
    time = next.time;
    zooming = true;
    next.charts.forEach(function (chart) {
      const old = plots.find(function (p) { return p.chart.id === chart.id; });
      if (!old || !alike(old.chart, chart)) {
        if (old) { old.plot.destroy(); plots.splice(plots.indexOf(old), 1); }
        put(chart);
      } else {
        old.chart = chart;
        document.getElementById("n-" + chart.id).textContent = chart.note || "";
        const x = old.plot.scales.x, stay = old.along === "time" ? keep : x.min > old.low || x.max < old.high ? { min: x.min, max: x.max } : null;
        old.plot.setData(values(chart), !stay);
        ends(old);
        if (stay) old.plot.setScale("x", stay);
        return;
      }
      const made = plots.find(function (p) { return p.chart === chart; });
      if (made && keep && made.along === "time") made.plot.setScale("x", keep);
    });
    zooming = false;
    tell();
  }
  document.addEventListener("figures", function (e) { if (able) update(e.detail); });

  // zoomed carries the stretch that one chart over time shows to all others.
  function zoomed(u) {
    const me = plots.find(function (p) { return p.plot === u; });
    if (zooming || !me || me.along !== "time") return;
    zooming = true;
    const min = u.scales.x.min, max = u.scales.x.max;
    following = min <= me.low && max >= me.high;
    plots.forEach(function (p) {
      if (p !== me && p.along === "time" && (p.plot.scales.x.min !== min || p.plot.scales.x.max !== max)) p.plot.setScale("x", { min: min, max: max });
    });
    zooming = false;
    root.dataset.zoom = min + " " + max;
  }

  function whole() {
    following = true;
    plots.forEach(function (p) { if (p.low !== undefined && p.high > p.low) p.plot.setScale("x", { min: p.low, max: p.high }); });
  }

  function keys(e) {
    const p = plots.find(function (one) { return one.node === e.currentTarget; });
    if (!p || e.ctrlKey || e.metaKey || e.altKey) return;
    const u = p.plot, xs = u.data[0], min = u.scales.x.min, max = u.scales.x.max;
    let at = u.cursor.idx;
    if (at === null || at === undefined) at = p.at; // A cursor that a key has put there.
    if (at === null || at === undefined) at = u.valToIdx((min + max) / 2);
    const first = u.valToIdx(min), last = u.valToIdx(max);
    const log = p.along === "rank";
    function zoom(by) {
      const f = log ? Math.log : function (v) { return v; }, g = log ? Math.exp : function (v) { return v; };
      const mid = f(xs[at]);
      let low = g(mid - (mid - f(min)) * by), high = g(mid + (f(max) - mid) * by);
      low = Math.max(low, p.low); high = Math.min(high, p.high);
      if (high > low) u.setScale("x", { min: low, max: high });
    }
    switch (e.key) {
      case "ArrowLeft": at -= e.shiftKey ? 10 : 1; break;
      case "ArrowRight": at += e.shiftKey ? 10 : 1; break;
      case "Home": at = first; break;
      case "End": at = last; break;
      case "+": case "=": zoom(0.5); break;
      case "-": zoom(2); break;
      case "Escape": case "0": whole(); break;
      default: return;
    }
    e.preventDefault();
    at = Math.max(u.valToIdx(u.scales.x.min), Math.min(u.valToIdx(u.scales.x.max), at));
    p.at = at;
    u.setCursor({ left: u.valToPos(xs[at], "x"), top: u.over.clientHeight / 2 });
    say(p, at);
  }

  const voice = document.createElement("p");
  voice.setAttribute("aria-live", "polite");
  voice.className = "skip";
  document.body.appendChild(voice);
  function say(p, at) {
    const c = p.chart, x = p.plot.data[0][at];
    const head = ways[p.along](x);
    voice.textContent = head + ": " + (c.heat ? count(p.plot.data[1][at]) + " logins" : c.series.map(function (s) { return s.name + " " + (written(c.unit, s.values[at]) || "none"); }).join(", "));
  }

  function shown() {
    const t = plots.find(function (p) { return p.along === "time"; });
    return t && t.plot.scales.x.min !== null ? { min: t.plot.scales.x.min, max: t.plot.scales.x.max } : null;
  }
  function dark() { return root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches; }
  function label() { theme.textContent = dark() ? "Light" : "Dark"; }

  const theme = document.getElementById("theme");
  document.querySelectorAll(able ? ".tools, .help" : ".tools").forEach(function (n) { n.hidden = false; });
  document.getElementById("reset").hidden = !able;
  theme.addEventListener("click", function () { root.dataset.theme = dark() ? "light" : "dark"; label(); build(shown()); });
  document.getElementById("reset").addEventListener("click", whole);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", function () { label(); build(shown()); });
  document.addEventListener("keydown", function (e) { if (e.key === "Escape") whole(); });
  label();
  build(null);
  document.querySelectorAll(".chart").forEach(function (n) { n.addEventListener("keydown", keys); });

  if (!able) {
    const said = document.getElementById("unable");
    said.hidden = false;
    root.dataset.drawn = "";
  }

  let width = window.innerWidth;
  window.addEventListener("resize", function () {
    if (window.innerWidth === width) return;
    width = window.innerWidth;
    plots.forEach(function (p) { p.plot.setSize({ width: Math.max(p.node.clientWidth, 240), height: height() }); });
  });

  // Paper is white: what is printed is drawn for it.
  let before = null;
  window.addEventListener("beforeprint", function () {
    if (before !== null) return;
    before = root.dataset.theme || "";
    root.dataset.theme = "light";
    const keep = shown();
    build(keep);
    plots.forEach(function (p) { p.plot.setSize({ width: 680, height: 200 }); });
  });
  window.addEventListener("afterprint", function () {
    if (before === null) return;
    if (before) root.dataset.theme = before; else delete root.dataset.theme;
    before = null;
    build(shown());
  });

  root.dataset.expected = data.charts.map(function (c) { return c.id; }).join(" ");
  // A chart counts as drawn when its canvas has ink.
  function inspect() {
    const inked = plots.filter(function (p) {
      const c = p.plot.ctx.canvas, box = p.plot.bbox;
      const pixels = p.plot.ctx.getImageData(Math.floor(box.left), Math.floor(box.top), Math.max(1, Math.floor(box.width)), Math.max(1, Math.floor(box.height))).data;
      const first = [pixels[0], pixels[1], pixels[2], pixels[3]].join();
      for (let i = 4; i < pixels.length; i += 4) {
        if ([pixels[i], pixels[i + 1], pixels[i + 2], pixels[i + 3]].join() !== first) return c.width > 0;
      }
      return false;
    });
    root.dataset.inked = inked.map(function (p) { return p.chart.id; }).join(" ");
    root.dataset.requests = performance.getEntriesByType("resource").length;
  }
  requestAnimationFrame(inspect);
  document.addEventListener("inspect", inspect);
})();

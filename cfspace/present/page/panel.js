// The panel of one unit: scores by task, how sure, children, and what is missing.
cf.openPanel = function (level, unit) {
  const panel = document.getElementById("cf-unit");
  const ranked = level.units.filter((other) => other.r !== null).length;
  const close = cf.make("button", { type: "button", className: "cf-close", text: "×", "aria-label": cf.say("close"), on: { click: cf.closePanel } });
  panel.replaceChildren(close, cf.make("h2", { text: unit.n, dir: "auto" }), cf.make("p", { className: "cf-level", text: level.name + " · " + unit.i }));
  if (unit.c !== null && unit.c < 0.9) {
    panel.append(cf.make("p", { className: "cf-warn", text: cf.say("partial_note", { share: cf.number(unit.c * 100) }) }));
  }
  const facts = cf.make("dl", { className: "cf-facts" });
  const fact = (label, value, more) => facts.append(cf.make("div", {}, cf.make("dt", { text: label }), cf.make("dd", { text: value }, more ? cf.make("small", { text: more }) : null)));
  const overall = unit.s.overall;
  fact(cf.say("overall"), overall[0] === null ? cf.say("short_" + cf.STATUSES[overall[1]]) : cf.number(overall[0], 1),
    unit.or && unit.or[0] !== null && unit.or[0] < unit.or[1] && overall[0] !== null ? cf.say("score_range", { low: cf.number(unit.or[0], 1), high: cf.number(unit.or[1], 1) }) : "");
  fact(cf.say("rank"), unit.r === null ? "–" : cf.say("rank_of", { rank: unit.r, n: ranked }), unit.rr && unit.rr[0] !== null && unit.rr[0] < unit.rr[1] ? cf.say("rank_range", { low: unit.rr[0], high: unit.rr[1] }) : "");
  fact(cf.say("data_share"), cf.percent(unit.d));
  fact(cf.say("weights_" + cf.weights), cf.number(unit.k));
  if (unit.wq !== null && unit.wq !== undefined && unit.wq >= 0.01) {
    fact(cf.say("worst_quarter"), cf.percent(unit.wq));
  }
  panel.append(facts, cf.make("h3", { text: cf.say("by_task") }), cf.taskBars(unit));
  if (Object.keys(unit.tr || {}).length) panel.append(cf.make("p", { className: "cf-note", text: cf.say("task_range") }));
  const missing = cf.missing(unit);
  if (missing.length) {
    panel.append(cf.make("h3", { text: cf.say("missing") }));
    panel.append(cf.make("ul", {}, ...missing.map((text) => cf.make("li", { text }))));
  }
  panel.append(cf.make("h3", { text: cf.say("by_indicator") }), cf.make("p", { className: "cf-note", text: cf.say("how_sure") }), cf.indicatorTable(unit));
  panel.hidden = false;
  panel.scrollTop = 0;
  cf.units.choose(unit);
};

cf.closePanel = function () {
  document.getElementById("cf-unit").hidden = true;
  cf.units.choose(null);
};

cf.taskBars = function (unit) {
  const bars = cf.make("div", { className: "cf-bars" });
  for (const task of cf.core.tasks) {
    const [score, status] = unit.s[task.id] || [null, 1];
    const bar = cf.make("div", { className: "cf-bar" + (score === null ? " cf-" + cf.STATUSES[status] : "") });
    if (score !== null) {
      const fill = cf.make("i");
      fill.style.width = score + "%";
      fill.style.background = cf.core.score.colours[cf.classOf(score, cf.core.score.breaks)];
      bar.append(fill);
    }
    const sure = score !== null && unit.tr && unit.tr[task.id];
    bars.append(cf.make("span", { text: task.name }), bar, score === null
      ? cf.make("b", { className: "cf-why", text: cf.say("short_" + cf.STATUSES[status]) })
      : cf.make("b", { text: cf.number(score, 0) }, sure ? cf.make("small", { text: cf.number(sure[0], 0) + "–" + cf.number(sure[1], 0) }) : null));
  }
  return bars;
};

// Indicators that say nothing here, and why.
cf.missing = function (unit) {
  const lines = [], told = new Set();
  cf.core.series.forEach((series, k) => {
    const row = unit.v[k], status = row ? cf.STATUSES[row[0]] : "no_data";
    if (status === "ok" || status === "not_at_level" || told.has(series.indicator)) return;
    told.add(series.indicator);
    lines.push(series.indicator + " " + series.title + cf.say("colon") + (unit.m[series.indicator] || cf.say("status_" + status)));
  });
  return lines;
};

// The range in which a value may lie, with its unit once; empty where it has no width.
cf.interval = function (row, series) {
  const [low, high] = [row[3], row[4]];
  if (row[1] === null || low === null || high === null || !(high > low)) return "";
  const start = series.share ? cf.number(low * 100, 1) : cf.number(low, Math.abs(low) >= 100 ? 0 : 2);
  return start + "–" + cf.quantity(high, series);
};

cf.indicatorTable = function (unit) {
  const head = cf.make("tr", {}, ...["indicator", "value", "goal"].map((key) => cf.make("th", { text: cf.say(key), scope: "col" })));
  const body = cf.make("tbody");
  cf.core.series.forEach((series, k) => {
    const row = unit.v[k];
    if (!row) return;
    const status = cf.STATUSES[row[0]];
    const name = cf.make("td", { text: series.title });
    name.append(cf.make("small", { text: [series.indicator, series.band].filter(Boolean).join(" · ") }));
    const value = cf.make("td", { text: row[1] === null ? "–" : cf.quantity(row[1], series) });
    if (status !== "ok") value.append(cf.make("small", { text: cf.say("short_" + status) }));
    const sure = cf.interval(row, series);
    if (sure) value.append(cf.make("small", { text: sure }));
    const rests = [row[9] === null || row[9] === undefined ? "" : cf.core.evidence[row[9]], row[8] ? cf.say("not_measured", { n: cf.number(row[8]) }) : "", cf.core.cautions[series.indicator]];
    for (const text of rests) if (text && row[1] !== null) name.append(cf.make("small", { text }));
    const goal = series.goal === null || !series.scored ? cf.say("none") : (series.less ? "≤ " : "≥ ") + cf.quantity(series.goal, series);
    body.append(cf.make("tr", {}, name, value, cf.make("td", { text: goal })));
  });
  return cf.make("table", {}, cf.make("thead", {}, head), body);
};

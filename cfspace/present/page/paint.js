// Colours, hatches and the legend.
// Grey, and lighter than any class: not known is not far.
cf.UNKNOWN = "#c9ccd0";
cf.STATUSES = ["ok", "no_data", "partial_extract", "few_children", "not_at_level"];

// A value equal to a break belongs to the class above it.
cf.classOf = function (value, breaks) {
  let k = 0;
  while (k < breaks.length && value >= breaks[k]) k += 1;
  return k;
};

// "Within 500 m" holds at 500 m: a distance equal to a break belongs to the class below it.
cf.classOfDistance = function (metres, breaks) {
  let k = 0;
  while (k < breaks.length && metres > breaks[k]) k += 1;
  return k;
};

cf.hatch = (function () {
  const made = {};
  const draw = {
    no_data: (c) => { c.moveTo(-2, 12); c.lineTo(12, -2); c.moveTo(-2, 2); c.lineTo(2, -2); c.moveTo(8, 12); c.lineTo(12, 8); },
    partial_extract: (c) => { c.moveTo(0, 10); c.lineTo(10, 0); c.moveTo(0, 0); c.lineTo(10, 10); },
    not_at_level: (c) => { c.moveTo(5, 0); c.lineTo(5, 10); },
    few_children: (c) => { c.arc(5, 5, 0.9, 0, 7); },
  };
  return function (status) {
    if (!made[status]) {
      const canvas = document.createElement("canvas");
      canvas.width = canvas.height = 10;
      const c = canvas.getContext("2d");
      c.fillStyle = "#d2d6da";
      c.fillRect(0, 0, 10, 10);
      c.strokeStyle = "#6f747a";
      c.lineWidth = 1.1;
      c.beginPath();
      draw[status](c);
      c.stroke();
      made[status] = c.createPattern(canvas, "repeat");
    }
    return made[status];
  };
})();

// What a unit says under the chosen measure: {status, value, score, row}.
cf.reading = function (unit, measure) {
  if (measure.kind === "score") {
    const pair = unit.s[measure.id] || [null, 1];
    return { status: cf.STATUSES[pair[1]], value: pair[0], row: null };
  }
  const row = unit.v[measure.index];
  if (!row) return { status: "no_data", value: null, row: null };
  const status = cf.STATUSES[row[0]];
  return { status: row[1] === null && status === "ok" ? "no_data" : status, value: row[1], row: row };
};

cf.legend = function (title, items, notes) {
  const box = document.getElementById("cf-legend");
  const list = cf.make("ul");
  for (const item of items) {
    const swatch = cf.make("i", item.status ? { className: "cf-" + item.status } : {});
    if (item.colour) swatch.style.background = item.colour;
    if (item.opacity) swatch.style.opacity = item.opacity;
    if (item.round) {
      swatch.className = "cf-round";
      swatch.style.width = swatch.style.height = item.round + "px";
    }
    swatch.setAttribute("aria-hidden", "true");
    const slot = item.round ? cf.make("span", { className: "cf-slot" }, swatch) : swatch;
    list.append(cf.make("li", {}, slot, cf.make("span", { text: item.text }),
      item.n === undefined ? null : cf.make("b", { text: cf.number(item.n) })));
  }
  box.replaceChildren(cf.make("h2", { text: title }), list, ...notes.map((text) => cf.make("p", { text })));
};

cf.unitLegend = function (level, measure) {
  const counts = measure.colours.map(() => 0), greys = {};
  for (const unit of level.units) {
    const reading = cf.reading(unit, measure);
    if (reading.status === "ok") counts[cf.classOf(reading.value, measure.breaks)] += 1;
    else greys[reading.status] = (greys[reading.status] || 0) + 1;
  }
  const items = measure.colours.map((colour, k) => ({ colour, text: cf.rangeText(measure, k), n: counts[k] }));
  if (!measure.less) items.reverse();
  for (const status of cf.STATUSES.slice(1)) {
    if (greys[status]) items.push({ status, text: cf.say("status_" + status), n: greys[status] });
  }
  const notes = [cf.say("legend_counts", { level: level.name })];
  if (measure.kind === "series") {
    if (measure.goal !== null && measure.scored) {
      notes.unshift(cf.say(measure.less ? "goal_less" : "goal_more", { goal: cf.quantity(measure.goal, measure) }));
    } else notes.unshift(cf.say("report_only"));
  }
  cf.legend(measure.title, items, notes);
};

cf.rangeText = function (measure, k) {
  const breaks = measure.breaks, scale = measure.share ? 100 : 1;
  const show = (value) => cf.number(value * scale, scale === 100 ? 1 : 2);
  const unit = measure.share ? "%" : measure.unit ? " " + measure.unit : "";
  if (k === 0) return measure.low !== undefined ? show(measure.low) + "–" + show(breaks[0]) + unit : "< " + show(breaks[0]) + unit;
  if (k === breaks.length) return measure.high !== undefined ? show(breaks[k - 1]) + "–" + show(measure.high) + unit : "≥ " + show(breaks[k - 1]) + unit;
  return show(breaks[k - 1]) + "–" + show(breaks[k]) + unit;
};

cf.homesLegend = function (target) {
  const breaks = target.breaks, counts = target.colours.map(() => 0);
  let beyond = 0, unmeasured = 0, unknown = 0;
  for (const tens of target.d) {
    if (tens === -2) unmeasured += 1;
    else if (tens === -3) unknown += 1;
    else if (tens === -1) beyond += 1;
    else counts[cf.classOfDistance(tens * 10, breaks)] += 1;
  }
  const last = breaks.length;
  counts[last] += beyond;
  const metres = (value) => cf.number(value);
  const items = target.colours.map((colour, k) => {
    let text = k === 0 ? "≤ " + metres(breaks[0]) : k === last ? "> " + metres(breaks[k - 1]) : metres(breaks[k - 1]) + "–" + metres(breaks[k]);
    return { colour, opacity: cf.homes.opacity, text: text + " " + cf.say("metres"), n: counts[k] };
  });
  if (unknown) items.push({ colour: cf.UNKNOWN, opacity: cf.homes.opacity, text: cf.say("homes_beyond_data"), n: unknown });
  if (unmeasured) items.push({ status: "no_data", text: cf.say("homes_unmeasured"), n: unmeasured });
  const notes = target.incomplete ? [cf.say("homes_incomplete")] : [];
  if (target.full_m) notes.push(cf.say("homes_standard", { metres: metres(target.full_m) }));
  if (beyond) notes.push(cf.say("homes_beyond", { n: metres(beyond), metres: metres(target.limit_m) }));
  notes.push(cf.say(cf.homes.width_m ? "homes_counts_hexagons" : "homes_counts"));
  cf.legend(cf.say("homes_title", { target: target.name }), items, notes);
};

// Puts the page together: panes, controls, pointer. The choropleth comes first; heavy layers wait.
cf.start = function (map) {
  const core = cf.read("cf-core");
  Object.assign(cf, { core, map, words: core.words, locale: core.locale, weights: core.weights });
  map.attributionControl.setPrefix(false);
  map.attributionControl.addAttribution(core.attribution.map(cf.escaped).join(" · "));
  L.control.scale({ imperial: false, position: "bottomright" }).addTo(map);
  map.setMaxZoom(19);
  const over = ["cf-ground", "cf-units", "cf-streets", "cf-homes", "cf-areas", "cf-facilities", "cf-names"];
  over.forEach((name, k) => {
    const pane = map.createPane(name);
    pane.style.zIndex = 210 + 35 * k;
    pane.style.pointerEvents = "none";
  });
  const holder = map.getContainer();
  holder.setAttribute("role", "main");
  holder.setAttribute("aria-label", cf.say("map"));
  // A whole number: markercluster leaves out what it gathered below a minimum that is none.
  map.setMinZoom(Math.max(0, Math.floor(map.getBoundsZoom(core.bounds)) - 2));
  map.fitBounds(core.view, { padding: [12, 12], animate: false });
  cf.startUnits(map, core);
  cf.startControls(map, core);
  cf.startPointer(map);
  cf.startAreas(map);
  cf.startTiles(map);
  cf.startFacilities(map, cf.read("cf-places"));
  cf.startSearch(map, cf.goTo);
  new ResizeObserver(() => map.invalidateSize({ animate: false })).observe(holder);
  document.documentElement.dataset.cfspace = "painted";
  requestAnimationFrame(() => performance.mark("cfspace-painted"));
  // Streets wait until the colours are on the screen.
  requestAnimationFrame(() => setTimeout(() => {
    cf.startBasemap(map);
    document.documentElement.dataset.cfspace = "ready";
  }, 0));
};

// Leaflet puts attribution in as markup.
cf.escaped = function (text) {
  const box = document.createElement("span");
  box.textContent = text;
  return box.innerHTML;
};

cf.measures = function (core) {
  const score = { kind: "score", breaks: core.score.breaks, colours: core.score.colours, unit: "", share: false, less: false, low: 0, high: 100 };
  const list = [Object.assign({ id: "overall", title: cf.say("overall_long"), label: cf.say("overall_long") }, score)];
  for (const task of core.tasks) list.push(Object.assign({ id: task.id, title: task.name + " · " + cf.say("score_of_100"), label: task.name }, score));
  core.series.forEach((series, index) => {
    const name = series.indicator + " " + series.title, title = name + " (" + series.band + ")";
    const ends = series.share ? { low: 0, high: 1 } : {};
    list.push(Object.assign({}, series, ends, { kind: "series", index, title, label: name }));
  });
  return list;
};

cf.startControls = function (map, core) {
  const byId = (id) => document.getElementById(id);
  const measures = cf.measures(core), level = byId("cf-level"), measure = byId("cf-measure"), band = byId("cf-band"), target = byId("cf-target"), gap = byId("cf-gap");
  level.append(...core.levels.map((l, k) => new Option(l.name + " (" + cf.number(l.units.length) + ")", k)));
  const group = (label, members) => {
    const box = cf.make("optgroup", { label });
    box.append(...members.map((m) => new Option(m.label, measures.indexOf(m))));
    measure.append(box);
  };
  group(cf.say("group_scores"), measures.filter((m) => m.kind === "score"));
  const taskNames = new Map(core.tasks.map((t) => [t.id, t.name]));
  for (const task of new Set(core.series.map((s) => s.task))) {
    group(taskNames.get(task) || task, measures.filter((m) => m.kind === "series" && m.task === task && m.headline));
  }

  // Age bands of the chosen indicator, all of them together first.
  function offerBands() {
    const chosen = measures[measure.value];
    const parts = chosen.kind === "series" ? measures.filter((m) => m.indicator === chosen.indicator) : [];
    byId("cf-for-bands").hidden = parts.length < 2;
    band.replaceChildren(...parts.sort((a, b) => b.headline - a.headline).map((m) => new Option(m.band, measures.indexOf(m))));
  }

  function paintUnits() {
    cf.units.coloured = true;
    cf.units.measure = measures[byId("cf-for-bands").hidden ? measure.value : band.value];
    const chosen = core.levels[level.value];
    if (cf.units.level !== chosen) { cf.closePanel(); cf.units.setLevel(chosen); } else cf.units.restyle();
    cf.unitLegend(chosen, cf.units.measure);
  }

  // Outlines alone, below homes and gaps.
  function plainUnits() {
    cf.units.coloured = false;
    if (cf.units.level) cf.units.restyle(); else cf.units.setLevel(core.levels[level.value]);
  }

  function paintHomes() {
    if (!cf.homes) {
      cf.startHomes(map);
      target.append(...cf.homes.targets.map((t, k) => new Option(t.name, k)));
      byId("cf-homes-note").textContent = cf.homes.width_m
        ? cf.say("homes_hexagons", { n: cf.number(cf.homes.n), metres: cf.number(cf.homes.width_m) }) : cf.say("homes_points", { n: cf.number(cf.homes.n) });
    }
    plainUnits();
    if (cf.homes.targets.length) cf.homes.show(cf.homes.targets[target.value]);
    else cf.legend(cf.say("homes_none"), [], []);
  }

  function paintGaps() {
    if (!cf.gaps) {
      cf.startGaps(map);
      gap.append(...cf.gaps.series.map((s, k) => new Option(s.indicator + " " + s.title + " (" + s.band + ")", k)));
    }
    plainUnits();
    if (cf.gaps.series.length) cf.gaps.show(cf.gaps.series[gap.value]);
    else cf.legend(cf.say("gaps_none"), [], []);
  }

  function paint() {
    const mode = document.querySelector("input[name=cf-mode]:checked").value;
    for (const name of ["units", "homes", "gaps"]) byId("cf-for-" + name).hidden = name !== mode;
    if (cf.homes && mode !== "homes") cf.homes.layer.remove();
    if (cf.gaps && mode !== "gaps") cf.gaps.layer.remove();
    ({ units: paintUnits, homes: paintHomes, gaps: paintGaps })[mode]();
  }

  cf.setLevel = (k) => { document.querySelector("input[name=cf-mode][value=units]").checked = true; level.value = k; paint(); };
  measure.addEventListener("change", offerBands);
  for (const control of [level, measure, band, target, gap, ...document.querySelectorAll("input[name=cf-mode]")]) control.addEventListener("change", paint);
  const menu = byId("cf-menu"), controls = byId("cf-controls");
  cf.openMenu = (on) => {
    controls.classList.toggle("cf-open", on);
    menu.setAttribute("aria-expanded", String(on));
  };
  // Where nothing is scored, the walk from each home says more than a hatched page.
  const isScored = core.levels.some((l) => l.units.some((unit) => unit.s.overall[0] !== null));
  byId("cf-notice").hidden = isScored;
  if (!isScored && core.n_homes) document.querySelector("input[name=cf-mode][value=homes]").checked = true;
  menu.addEventListener("click", () => cf.openMenu(!controls.classList.contains("cf-open")));
  map.on("click", () => cf.openMenu(false));
  document.addEventListener("keydown", (event) => { if (event.key === "Escape" && !byId("cf-unit").hidden) cf.closePanel(); });
  paint();
};

cf.startPointer = function (map) {
  const tip = document.getElementById("cf-tip");
  const hideTip = () => { tip.hidden = true; };
  map.on("click", (event) => {
    const unit = cf.units.at(event.latlng);
    if (unit) cf.openPanel(cf.units.level, unit); else cf.closePanel();
  });
  map.on("mousemove", (event) => {
    const words = cf.tipAt(event);
    tip.hidden = !words;
    if (!words) return;
    tip.replaceChildren(cf.make("b", { text: words.title.slice(0, 120), dir: "auto" }), cf.make("span", { text: words.text }));
    const at = event.originalEvent;
    tip.style.left = Math.min(at.clientX + 14, innerWidth - tip.offsetWidth - 6) + "px";
    tip.style.top = Math.min(at.clientY + 14, innerHeight - tip.offsetHeight - 6) + "px";
  });
  map.on("mouseout movestart", hideTip);
};

cf.tipAt = function (event) {
  if (!cf.units.coloured) {
    const layer = [cf.homes, cf.gaps].find((one) => one && cf.map.hasLayer(one.layer));
    return layer ? layer.at(event.containerPoint) : null;
  }
  const unit = cf.units.at(event.latlng);
  if (!unit) return null;
  const measure = cf.units.measure, reading = cf.reading(unit, measure);
  if (reading.status !== "ok") return { title: unit.n, text: cf.say("status_" + reading.status) };
  return { title: unit.n, text: measure.kind === "score" ? cf.say("score_is", { score: cf.number(reading.value, 1) }) : cf.quantity(reading.value, measure) };
};

// Where a search hit lies: a unit opens its panel, a facility its popup.
cf.goTo = function (hit) {
  const map = cf.map;
  cf.openMenu(false);
  if (hit.unit) {
    cf.setLevel(cf.core.levels.indexOf(hit.level));
    cf.openPanel(hit.level, hit.unit);
    // The unit is shown beside its panel, not under it.
    const panel = document.getElementById("cf-unit").getBoundingClientRect(), size = map.getSize();
    const beside = panel.width < size.x * 0.6 ? [panel.width + 30, 30] : [30, Math.min(panel.height, size.y * 0.6)];
    const bounds = cf.units.layers[hit.level.units.indexOf(hit.unit)].getBounds();
    map.fitBounds(bounds, { paddingTopLeft: [50, 30], paddingBottomRight: beside, animate: false });
  } else {
    cf.facilities.show(hit.kind.kind, true);
    map.setView(hit.kind.points[hit.member], 17, { animate: false });
    cf.facilities.open(hit.kind, hit.member);
  }
};

// Homes before and after a plan. Codes: 1 served, 2 left out, 3 gains, 4 loses, 5 new served, 6 new left out, 7 unmeasured.
// Wordings of this page, those below "change".
cf.told = function (key, values) {
  return cf.say(key, values);
};

cf.stateOf = function (code, view) {
  if (code === 0) return null;
  if (code === 7) return "unknown";
  if (view === "before") return code > 4 ? null : code === 1 || code === 4 ? "served" : "left";
  if (view === "after") return code === 1 || code === 3 || code === 5 ? "served" : "left";
  return { 1: "served", 2: "left", 3: "gains", 4: "loses", 5: "gains", 6: "loses" }[code];
};

cf.drawBase = function (map, base) {
  const ground = L.canvas({ pane: "base" });
  for (const [kind, colour] of [["park", "#dcead3"], ["water", "#cfe0ee"]]) {
    for (const rings of base[kind]) {
      L.polygon(rings.map((ring) => cf.latLngs(ring)), { stroke: false, fillColor: colour, fillOpacity: 1, renderer: ground, interactive: false }).addTo(map);
    }
  }
  for (const [kind, colour, weight] of [["path", "#e2ded6", 1], ["street", "#d3cec4", 1.6], ["main", "#bfb8ab", 2.6]]) {
    const lines = base[kind].map((line) => cf.latLngs(line));
    L.polyline(lines, { color: colour, weight: weight, renderer: ground, interactive: false }).addTo(map);
  }
};

cf.drawUnits = function (map, units) {
  for (const unit of units) {
    const rings = unit.shape.map((polygon) => polygon.map((ring) => cf.latLngs(ring)));
    L.polygon(rings, { color: "#6b747d", weight: 1.2, fill: false, interactive: false }).addTo(map);
  }
};

cf.drawHomes = function (map, homes) {
  const renderer = L.canvas({ pane: "homes" });
  const places = cf.latLngs(homes.at);
  return places.map((place, k) => L.circleMarker(place, {
    renderer: renderer, radius: Math.min(7, 2.2 + Math.sqrt(homes.weight[k] || 0) / 4), weight: 0.5, color: "#1d2733", opacity: 0, fillOpacity: 0, interactive: false,
  }).addTo(map));
};

cf.paintHomes = function (dots, series, view) {
  for (let k = 0; k < dots.length; k += 1) {
    const state = series ? cf.stateOf(series.codes.charCodeAt(k) - 48, view) : null;
    const strong = state === "gains" || state === "loses";
    dots[k].setStyle({ fillColor: cf.COLOURS[state] || "#fff", fillOpacity: state ? (strong || view !== "change" ? 0.95 : 0.55) : 0, opacity: state && (strong || view !== "change") ? 0.8 : 0 });
    if (strong) dots[k].bringToFront();
  }
};

cf.drawEdits = function (map, edits) {
  const list = document.getElementById("cf-edits");
  edits.forEach((edit, k) => {
    const group = L.featureGroup();
    for (const part of edit.parts) {
      const shut = part.do === "close_street" || part.do === "close_facility" || part.do === "moved_from";
      const colour = shut ? "#b4381c" : part.do === "improve_segment" ? "#7a4d00" : "#0b4f9c";
      if (part.line) {
        L.polyline(cf.latLngs(part.line), { color: "#fff", weight: 8, opacity: 0.9, interactive: false }).addTo(group);
        L.polyline(cf.latLngs(part.line), { color: colour, weight: 4, dashArray: shut ? "2 7" : null }).bindTooltip(edit.text).addTo(group);
      } else {
        L.circleMarker(cf.latLngs(part.at)[0], { radius: 9, color: "#fff", weight: 3, fillColor: colour, fillOpacity: 1 }).bindTooltip(edit.text).addTo(group);
      }
    }
    if (group.getLayers().length) {
      group.addTo(map);
      const icon = L.divIcon({ className: "cf-number", html: String(k + 1), iconSize: [22, 22], iconAnchor: [-4, 26] });
      L.marker(group.getBounds().getCenter(), { icon: icon, keyboard: false, title: edit.text }).addTo(map);
    }
    const go = () => group.getLayers().length && map.fitBounds(group.getBounds(), { maxZoom: 17, padding: [40, 40] });
    list.append(cf.make("li", {}, cf.make("button", { type: "button", text: edit.text, on: { click: go } })));
  });
};

cf.drawLegend = function (view) {
  const kinds = view === "change" ? ["gains", "loses", "served", "left", "unknown"] : ["served", "left", "unknown"];
  const box = document.getElementById("cf-legend");
  box.replaceChildren(...kinds.map((kind) => {
    const swatch = cf.make("i");
    swatch.style.background = cf.COLOURS[kind];
    return cf.make("li", {}, swatch, cf.make("span", { text: cf.told(view === "change" && kind !== "unknown" ? kind + "_change" : kind) }));
  }));
};

cf.startChange = function () {
  const core = cf.read("cf-core");
  cf.words = core.words;
  cf.COLOURS = core.colours;
  cf.locale = core.locale;
  const map = L.map("map", { preferCanvas: true, zoomSnap: 0.25, attributionControl: true });
  map.attributionControl.setPrefix(false).addAttribution(core.attribution.map((line) => cf.make("span", { text: line }).outerHTML).join(" · "));
  for (const [name, height] of [["base", 250], ["homes", 350]]) map.createPane(name).style.zIndex = height;
  map.fitBounds(core.bounds);
  L.control.scale({ imperial: false }).addTo(map);
  cf.drawBase(map, cf.read("cf-base"));
  cf.drawUnits(map, core.units);
  const dots = cf.drawHomes(map, core.homes);
  cf.drawEdits(map, core.edits);
  const select = document.getElementById("cf-series");
  for (const series of core.series) select.append(cf.make("option", { value: series.id, text: series.name + " (" + series.id + ")" }));
  const paint = function () {
    const series = core.series[select.selectedIndex];
    const view = document.querySelector("input[name=view]:checked").value;
    cf.paintHomes(dots, series, view);
    cf.drawLegend(view);
    const sum = document.getElementById("cf-sum");
    sum.textContent = series ? cf.told("sum", { who: core.who, gaining: cf.number(series.gaining), losing: cf.number(series.losing) }) : cf.told("nothing");
  };
  select.addEventListener("change", paint);
  for (const input of document.querySelectorAll("input[name=view]")) input.addEventListener("change", paint);
  paint();
  document.body.dataset.ready = "yes";
};

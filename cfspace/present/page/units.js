// Units: polygons coloured by the chosen measure, names that do not overlap, and which unit a point is in.
cf.startUnits = function (map, core) {
  const state = { level: null, measure: null, layers: [], outlines: null, names: L.layerGroup(), coloured: true, fill: 0.85 };
  const renderer = L.canvas({ pane: "cf-units", padding: 0.3 });
  cf.units = state;

  state.setLevel = function (level) {
    state.level = level;
    for (const layer of state.layers) layer.remove();
    state.layers = level.units.map((unit) => {
      if (!unit.shape) unit.shape = unit.g.map((rings) => rings.map(cf.latLngs));
      return L.polygon(unit.shape, { renderer, interactive: false, smoothFactor: 0.5 }).addTo(map);
    });
    state.restyle();
    state.drawNames();
  };

  state.style = function (unit) {
    const line = { color: "#39434d", weight: unit === state.chosen ? 3.5 : 1, opacity: 0.85 };
    if (!state.coloured) return Object.assign(line, { fillColor: "#ffffff", fillOpacity: 0.25 });
    const reading = cf.reading(unit, state.measure);
    if (reading.status !== "ok") return Object.assign(line, { fillColor: cf.hatch(reading.status), fillOpacity: state.fill });
    const colour = state.measure.colours[cf.classOf(reading.value, state.measure.breaks)];
    return Object.assign(line, { fillColor: colour, fillOpacity: state.fill });
  };

  state.restyle = function () {
    state.level.units.forEach((unit, k) => state.layers[k].setStyle(state.style(unit)));
    const k = state.level.units.indexOf(state.chosen);
    if (k >= 0) state.layers[k].bringToFront();
  };

  // Names where there is room: large units first, none over another.
  state.drawNames = function () {
    state.names.clearLayers();
    if (!map.hasLayer(state.names)) return;
    const taken = cf.facilities ? cf.facilities.boxes() : [], size = map.getSize();
    const order = state.level.units.map((unit, k) => [state.layers[k].getBounds(), unit])
      .sort((a, b) => area(b[0]) - area(a[0]));
    for (const [bounds, unit] of order) {
      if (!unit.p.length) continue;
      const at = placeOf(unit, bounds), pixel = map.latLngToContainerPoint(at);
      const half = Math.min(80, textWidth(unit.n) / 2 + 4);
      const room = map.latLngToContainerPoint(bounds.getNorthEast()).x - map.latLngToContainerPoint(bounds.getSouthWest()).x;
      if (room < half * 1.5 || pixel.x < -50 || pixel.y < -20 || pixel.x > size.x + 50 || pixel.y > size.y + 20) continue;
      const box = [pixel.x - half, pixel.y - 9, pixel.x + half, pixel.y + 9];
      if (taken.some((t) => box[0] < t[2] && box[2] > t[0] && box[1] < t[3] && box[3] > t[1])) continue;
      taken.push(box);
      const icon = L.divIcon({ className: "cf-name", iconSize: [0, 0], html: cf.make("span", { text: unit.n }) });
      state.names.addLayer(L.marker(at, { icon, interactive: false, keyboard: false, pane: "cf-names" }));
    }
  };

  // A name stands well inside its unit; where that is out of sight, in the middle of what is in sight of the unit.
  function placeOf(unit, bounds) {
    const inside = L.latLng(unit.p[1] / 1e5, unit.p[0] / 1e5), view = map.getBounds();
    if (view.contains(inside) || !view.intersects(bounds)) return inside;
    const middle = L.latLng(
      (Math.max(view.getSouth(), bounds.getSouth()) + Math.min(view.getNorth(), bounds.getNorth())) / 2,
      (Math.max(view.getWest(), bounds.getWest()) + Math.min(view.getEast(), bounds.getEast())) / 2);
    return cf.inside(unit, middle) ? middle : inside;
  }

  const pen = document.createElement("canvas").getContext("2d");
  pen.font = "600 12px sans-serif";
  const textWidth = (text) => pen.measureText(text.slice(0, 60)).width;
  const area = (bounds) => (bounds.getEast() - bounds.getWest()) * (bounds.getNorth() - bounds.getSouth());

  state.at = function (latlng) {
    for (const unit of state.level.units) if (cf.inside(unit, latlng)) return unit;
    return null;
  };

  state.choose = function (unit) {
    state.chosen = unit;
    if (state.level) state.restyle();
  };

  const box = document.getElementById("cf-show-names");
  const set = () => { if (box.checked) state.names.addTo(map); else state.names.remove(); if (state.level) state.drawNames(); };
  box.addEventListener("change", set);
  set();
  map.on("zoomend moveend", () => state.drawNames());
  // Near by, streets shine through, but not so much that classes run together; the legend's swatches follow.
  map.on("zoomend", () => {
    const zoom = map.getZoom(), fill = zoom >= 14.5 ? 0.68 : 0.85;
    if (fill === state.fill) return;
    state.fill = fill;
    document.documentElement.style.setProperty("--fill", fill);
    state.restyle();
  });
};

// Even-odd rule over all rings of a unit.
cf.inside = function (unit, latlng) {
  if (!unit.shape) unit.shape = unit.g.map((rings) => rings.map(cf.latLngs));
  let within = false;
  for (const rings of unit.shape) {
    for (const ring of rings) {
      for (let i = 0, j = ring.length - 1; i < ring.length; j = i++) {
        const [yi, xi] = ring[i], [yj, xj] = ring[j];
        if ((yi > latlng.lat) !== (yj > latlng.lat) && latlng.lng < (xj - xi) * (latlng.lat - yi) / (yj - yi) + xi) within = !within;
      }
    }
  }
  return within;
};

// Facilities by kind: a round with the kind's sign, gathered where they crowd. Off until asked for.
// One group holds all kinds, so that no round lies over another at any zoom; places at one spot fan out.
cf.startFacilities = function (map, kinds) {
  const shown = new Set();
  const state = { kinds, shown };
  cf.facilities = state;
  for (const kind of kinds) kind.points = cf.latLngs(kind.xy);
  // How many places a marker stands for: one, or those of a hexagon where a kind has too many.
  const held = (kind, member) => (kind.h ? kind.h[member] : 1);
  state.nameOf = (kind, member) => (kind.h ? cf.say("cluster", { n: cf.number(held(kind, member)), metres: cf.number(kind.width_m) }) : kind.names[member]) || kind.name;

  state.layer = L.markerClusterGroup({
    maxClusterRadius: (zoom) => (zoom >= 17 ? 20 : zoom >= 14 ? 32 : 44),
    animate: false, animateAddingMarkers: false, showCoverageOnHover: false, clusterPane: "cf-facilities",
    spiderLegPolylineOptions: { weight: 1.2, color: "#1d2733", opacity: 0.7, pane: "cf-facilities" },
    iconCreateFunction: (cluster) => roundOf(cluster.getAllChildMarkers()),
  });
  state.layer.on("clusterkeypress", (event) => {
    if (event.originalEvent.key !== "Enter") return;
    if (map.getZoom() >= map.getMaxZoom()) event.layer.spiderfy(); else event.layer.zoomToBounds({ padding: [20, 20] });
  });

  // A round with its number: in the kind's colour, or ringed with the shares of its kinds.
  function roundOf(markers) {
    const counts = new Map();
    let n = 0;
    for (const { options } of markers) {
      counts.set(options.kind, (counts.get(options.kind) || 0) + held(options.kind, options.member));
      n += held(options.kind, options.member);
    }
    const parts = [...counts].sort((a, b) => b[1] - a[1]), size = Math.round(Math.min(40, 24 + 3 * Math.log2(n)));
    const said = parts.map(([kind, count]) => kind.name + " " + cf.number(count)).join(cf.say("list"));
    const round = cf.make("span", { className: "cf-many", title: said }, cf.make("b", { text: cf.number(n) }), cf.make("span", { className: "cf-unseen", text: said }));
    let turn = 0;
    const arcs = parts.map(([kind, count]) => kind.colour + " " + turn + "turn " + (turn += count / n) + "turn");
    round.style.background = parts.length === 1 ? parts[0][0].colour : "conic-gradient(" + arcs.join(",") + ")";
    if (parts.length > 1) round.classList.add("cf-mixed");
    return L.divIcon({ html: round, className: "cf-mark", iconSize: [size, size] });
  }

  function markersOf(kind) {
    kind.markers = kind.markers || kind.points.map((point, member) => {
      const sign = cf.make("span", { className: "cf-one" }, cf.make("b", { text: kind.h ? cf.number(kind.h[member]) : kind.sign, "aria-hidden": "true" }));
      sign.style.background = kind.colour;
      const icon = L.divIcon({ html: sign, className: "cf-mark", iconSize: [22, 22] });
      const name = state.nameOf(kind, member), title = (name === kind.name ? name : name + " · " + kind.name).slice(0, 160);
      return L.marker(point, { icon, title, kind, member, pane: "cf-facilities" }).on("click keypress", (event) => {
        if (event.type === "click" || event.originalEvent.key === "Enter") state.open(kind, member);
      });
    });
    return kind.markers;
  }

  state.show = function (id, on) {
    if (on) shown.add(id); else shown.delete(id);
    const box = document.getElementById("cf-kind-" + id);
    if (box) box.checked = on;
    state.layer.clearLayers();
    state.layer.addLayers(kinds.filter((kind) => shown.has(kind.kind)).flatMap(markersOf));
    if (shown.size && !map.hasLayer(state.layer)) state.layer.addTo(map);
    else if (!shown.size) state.layer.remove();
    cf.units.drawNames();
    document.getElementById("cf-kinds-n").textContent = shown.size ? "(" + shown.size + ")" : "";
  };

  // Where rounds lie in the window, so that names keep clear of them.
  state.boxes = function () {
    return [...map.getPane("cf-facilities").querySelectorAll(".cf-mark")].map((mark) => {
      const at = map.layerPointToContainerPoint(L.DomUtil.getPosition(mark)), half = parseFloat(mark.style.width) / 2;
      return [at.x - half, at.y - half, at.x + half, at.y + half];
    });
  };

  state.open = function (kind, member) {
    const box = cf.make("div", {}, cf.make("h2", { text: state.nameOf(kind, member), dir: "auto" }), cf.make("p", { text: kind.name }));
    const add = (label, value) => box.append(cf.make("p", { text: label + cf.say("colon") + value }));
    for (const label in kind.a) {
      const list = kind.a[label];
      for (let k = 0; k < list.length; k += 2) if (list[k] === member) add(label, plainValue(list[k + 1]));
    }
    if (kind.sources.length) add(cf.say("source"), kind.sources[kind.s[member]]);
    if (kind.evidence) add(cf.say("evidence"), kind.evidence);
    L.popup({ maxWidth: 280, autoPanPadding: [16, 60] }).setLatLng(kind.points[member]).setContent(box).openOn(map);
  };

  const plainValue = (value) => value === true ? cf.say("yes") : value === false ? cf.say("no") : typeof value === "number" ? cf.number(value, 1) : value;

  const list = document.getElementById("cf-kinds");
  for (const kind of kinds) {
    const box = cf.make("input", { type: "checkbox", id: "cf-kind-" + kind.kind, on: { change: (e) => state.show(kind.kind, e.target.checked) } });
    const sign = cf.make("i", { className: "cf-sign", text: kind.sign, "aria-hidden": "true" });
    sign.style.background = kind.colour;
    const n = kind.h ? kind.h.reduce((sum, h) => sum + h, 0) : kind.points.length;
    const name = cf.make("span", { text: kind.name });
    if (kind.h) name.append(cf.make("small", { text: cf.say("kind_hexagons", { metres: cf.number(kind.width_m) }) }));
    list.append(cf.make("label", { className: "cf-check" }, box, sign, name, cf.make("b", { text: cf.number(n) })));
  }
  document.getElementById("cf-kinds-none").addEventListener("click", () => [...shown].forEach((id) => state.show(id, false)));
};

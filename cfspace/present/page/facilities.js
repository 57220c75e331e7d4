// Facilities by kind: dots far away, numbered rounds where they crowd, signs near by. Off until asked for.
cf.startFacilities = function (map, kinds) {
  const shown = new Set();
  const state = { kinds, shown };
  cf.facilities = state;
  for (const kind of kinds) {
    kind.world = cf.worldPixels(kind.xy);
    kind.points = cf.latLngs(kind.xy);
  }

  // Members of a kind in this view, in cells of a few pixels: [[x, y, n, member], ...].
  function gather(kind, view, size) {
    const cell = view.zoom >= 16 ? 0 : view.zoom >= 14 ? 22 : 34, cells = new Map(), found = [];
    for (let k = 0; k < kind.points.length; k += 1) {
      const x = kind.world[2 * k] * view.scale - view.left, y = kind.world[2 * k + 1] * view.scale - view.top;
      if (x < -20 || y < -20 || x > size.x + 20 || y > size.y + 20) continue;
      if (!cell) { found.push([x, y, 1, k]); continue; }
      // Cells stand on the ground, not on the screen, or counts would change while panning.
      const key = Math.floor((x + view.left) / cell) + "," + Math.floor((y + view.top) / cell), old = cells.get(key);
      if (old) { old[0] += x; old[1] += y; old[2] += 1; } else cells.set(key, [x, y, 1, k]);
    }
    for (const group of cells.values()) found.push([group[0] / group[2], group[1] / group[2], group[2], group[3]]);
    return found;
  }

  state.layer = new cf.CanvasLayer("cf-facilities", function (context, view, size) {
    state.drawn = [];
    context.textAlign = "center";
    context.textBaseline = "middle";
    // The rarer a kind, the higher it lies.
    const rareLast = kinds.filter((kind) => shown.has(kind.kind)).sort((a, b) => b.points.length - a.points.length);
    for (const kind of rareLast) {
      for (const [x, y, n, member] of gather(kind, view, size)) {
        const r = n > 1 ? Math.min(15, 8 + Math.log2(n)) : view.zoom >= 14 ? 9 : 5;
        context.beginPath();
        context.arc(x, y, r, 0, 7);
        context.fillStyle = kind.colour;
        context.fill();
        context.lineWidth = n > 1 ? 2.5 : 1.5;
        context.strokeStyle = "#ffffff";
        context.stroke();
        if (r >= 8) {
          context.fillStyle = "#ffffff";
          context.font = (n > 1 ? "600 10.5px" : "11px") + " 'Microsoft YaHei', 'PingFang SC', 'Noto Sans CJK SC', sans-serif";
          context.fillText(n > 1 ? String(n) : kind.sign, x, y + 0.5);
        }
        state.drawn.push({ x, y, r, n, kind, member });
      }
    }
  });

  state.show = function (id, on) {
    if (on) shown.add(id); else shown.delete(id);
    const box = document.getElementById("cf-kind-" + id);
    if (box) box.checked = on;
    if (shown.size && !map.hasLayer(state.layer)) state.layer.addTo(map);
    else if (!shown.size) state.layer.remove();
    state.layer.redraw();
    document.getElementById("cf-kinds-n").textContent = shown.size ? "(" + shown.size + ")" : "";
  };

  state.at = function (point) {
    if (!map.hasLayer(state.layer)) return null;
    let best = null, least = Infinity;
    for (const item of state.drawn) {
      const away = Math.hypot(item.x - point.x, item.y - point.y);
      if (away <= item.r + 4 && away < least) { least = away; best = item; }
    }
    return best;
  };

  state.open = function (kind, member) {
    const box = cf.make("div", {}, cf.make("h2", { text: kind.names[member] || kind.name }), cf.make("p", { text: kind.name }));
    const add = (label, value) => box.append(cf.make("p", { text: label + cf.say("colon") + value }));
    for (const label in kind.a) {
      const list = kind.a[label];
      for (let k = 0; k < list.length; k += 2) if (list[k] === member) add(label, plainValue(list[k + 1]));
    }
    add(cf.say("source"), kind.sources[kind.s[member]]);
    if (kind.evidence) add(cf.say("evidence"), kind.evidence);
    L.popup({ maxWidth: 280, autoPanPadding: [16, 60] }).setLatLng(kind.points[member]).setContent(box).openOn(map);
  };

  const plainValue = (value) => value === true ? cf.say("yes") : value === false ? cf.say("no") : typeof value === "number" ? cf.number(value, 1) : value;

  const list = document.getElementById("cf-kinds");
  for (const kind of kinds) {
    const box = cf.make("input", { type: "checkbox", id: "cf-kind-" + kind.kind, on: { change: (e) => state.show(kind.kind, e.target.checked) } });
    const sign = cf.make("i", { className: "cf-sign", text: kind.sign, "aria-hidden": "true" });
    sign.style.background = kind.colour;
    list.append(cf.make("label", { className: "cf-check" }, box, sign, cf.make("span", { text: kind.name }), cf.make("b", { text: cf.number(kind.points.length) })));
  }
  document.getElementById("cf-kinds-none").addEventListener("click", () => kinds.forEach((kind) => state.show(kind.kind, false)));
};

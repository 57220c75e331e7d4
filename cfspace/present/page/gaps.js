// Hot spots: rounds as large as the children that an indicator leaves out. Read when first switched on.
cf.startGaps = function (map) {
  const data = cf.read("cf-gaps");
  data.world = cf.worldPixels(data.xy);
  data.points = cf.latLngs(data.xy);
  cf.gaps = data;
  let series = null;

  // The largest round is about as wide as a hexagon, and neither a dot nor a blot.
  function radius(n) {
    const half = data.width_m / 2 / (156543 * Math.cos(data.points[0][0] * Math.PI / 180) / Math.pow(2, map.getZoom()));
    return Math.max(1.5, Math.max(11, Math.min(30, half)) * Math.sqrt(n / series.most));
  }

  data.layer = new cf.CanvasLayer("cf-homes", function (context, view, size) {
    if (!series) return;
    context.fillStyle = "#8f2d1a";
    context.strokeStyle = "#ffffff";
    context.lineWidth = 1;
    for (const area of series.areas) {
      area.shape = area.shape || area.g.map((rings) => rings.map(cf.boxed));
      for (const rings of area.shape) {
        cf.strokeAll(context, view, size, rings);
        context.globalAlpha = 0.14;
        context.fill("evenodd");
        context.globalAlpha = 1;
        context.strokeStyle = "#8f2d1a";
        context.lineWidth = 1.6;
        context.setLineDash([5, 3]);
        context.stroke();
        context.setLineDash([]);
      }
    }
    context.strokeStyle = "#ffffff";
    context.lineWidth = 1;
    // Large ones first, so that none hides a smaller one.
    for (const [cell, n] of series.cells) {
      const x = data.world[2 * cell] * view.scale - view.left, y = data.world[2 * cell + 1] * view.scale - view.top, r = radius(n);
      if (x < -r || y < -r || x > size.x + r || y > size.y + r) continue;
      context.beginPath();
      context.arc(x, y, r, 0, 7);
      context.globalAlpha = 0.72;
      context.fill();
      context.globalAlpha = 1;
      context.stroke();
    }
  });

  data.show = function (chosen) {
    series = chosen;
    if (!series.cells) {
      series.cells = [];
      for (let k = 0; k < series.n.length; k += 2) series.cells.push([series.n[k], series.n[k + 1]]);
      series.cells.sort((a, b) => b[1] - a[1]);
      series.most = series.cells.length ? series.cells[0][1] : 1;
    }
    if (!map.hasLayer(data.layer)) data.layer.addTo(map);
    else data.layer.redraw();
    legend();
  };

  // Three rounds with their numbers, then the places with most.
  function legend() {
    const sizes = [series.most, series.most / 4, series.most / 16].map(roundNumber).filter((n, k, all) => n > 0 && all.indexOf(n) === k);
    const share = series.total ? cf.number(100 * series.left_out / series.total, 1) : "–";
    const notes = [
      cf.say("gaps_total_" + cf.weights, { n: cf.number(series.left_out), share }),
      cf.say("gaps_cells", { metres: cf.number(data.width_m), full: cf.number(series.full_m) }),
    ];
    const title = cf.say("gaps_title_" + cf.weights, { name: series.indicator + " " + series.title });
    cf.legend(title, sizes.map((n) => ({ round: 2 * radius(n), text: cf.number(n) })), notes);
    if (series.areas.length) return hotSpots();
    if (!series.places.length) return;
    const list = cf.make("div", { className: "cf-places" }, cf.make("h2", { text: cf.say("gaps_places") }));
    const sums = new Map(series.cells);
    for (const cell of series.places) {
      const go = () => { cf.openMenu(false); map.setView(data.points[cell], 16, { animate: false }); };
      list.append(cf.make("button", { type: "button", on: { click: go } },
        cf.make("span", { text: data.names[cell] || "–", dir: "auto" }), cf.make("b", { text: cf.number(sums.get(cell)) })));
    }
    document.getElementById("cf-legend").append(list);
  }

  // Named areas where many are left out close together: outlined on the map.
  function hotSpots() {
    const list = cf.make("div", { className: "cf-places" }, cf.make("h2", { text: cf.say("gaps_areas") }));
    for (const area of series.areas) {
      const go = () => {
        cf.openMenu(false);
        map.fitBounds(L.latLngBounds(area.g.flatMap((rings) => cf.latLngs(rings[0]))), { maxZoom: 17, animate: false });
      };
      list.append(cf.make("button", { type: "button", on: { click: go } },
        cf.make("span", { text: area.n || "–", dir: "auto" }), cf.make("b", { text: cf.number(area.c) })));
    }
    document.getElementById("cf-legend").append(list);
  }

  map.on("zoomend", () => { if (map.hasLayer(data.layer)) legend(); });

  function roundNumber(n) {
    if (n < 1) return 0;
    const power = Math.pow(10, Math.floor(Math.log10(n)));
    return Math.floor(n / power) * power;
  }

  data.at = function (point) {
    if (!series || !map.hasLayer(data.layer)) return null;
    const view = cf.view(map);
    let best = null;
    for (const [cell, n] of series.cells) {
      const x = data.world[2 * cell] * view.scale - view.left, y = data.world[2 * cell + 1] * view.scale - view.top;
      if (Math.hypot(x - point.x, y - point.y) <= radius(n) + 1) best = [cell, n];
    }
    if (!best) return null;
    return { title: data.names[best[0]] || series.title, text: cf.say("gap_" + cf.weights, { n: cf.number(best[1]) }) };
  };
};

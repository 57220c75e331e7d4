// Homes, or hexagons of homes, coloured by the walk to the chosen target. Read when first switched on.
cf.startHomes = function (map) {
  const data = cf.read("cf-homes");
  data.world = cf.worldPixels(data.xy);
  cf.homes = data;
  let target = null;
  const corner = data.corner;
  data.opacity = corner ? 0.82 : 0.9;

  function radius(zoom) {
    return Math.max(1.3, Math.min(9, 1.6 * Math.pow(1.5, zoom - 13)));
  }

  function hexagon(context, x, y, wide, high) {
    context.moveTo(x, y - high);
    for (const [dx, dy] of [[1, -0.5], [1, 0.5], [0, 1], [-1, 0.5], [-1, -0.5]]) context.lineTo(x + dx * wide, y + dy * high);
    context.closePath();
  }

  data.layer = new cf.CanvasLayer("cf-homes", function (context, view, size) {
    if (!target) return;
    const r = radius(view.zoom), world = data.world, order = drawingOrder(target);
    // A hexagon is as wide in degrees everywhere; in pixels of zoom 0 that is its share of 256.
    const wide = corner ? corner[0] / 1e5 / 360 * 256 * view.scale : 0;
    const high = corner ? wide * 2 / Math.sqrt(3) : 0;
    const reach = Math.max(r, high) + 1;
    for (const [colour, members] of order) {
      context.beginPath();
      for (const k of members) {
        const x = world[2 * k] * view.scale - view.left, y = world[2 * k + 1] * view.scale - view.top;
        if (x < -reach || y < -reach || x > size.x + reach || y > size.y + reach) continue;
        if (corner) hexagon(context, x, y, wide, high);
        else { context.moveTo(x + r, y); context.arc(x, y, r, 0, 7); }
      }
      if (colour) { context.globalAlpha = data.opacity; context.fillStyle = colour; context.fill(); }
      else { context.globalAlpha = 1; context.lineWidth = 1; context.strokeStyle = "#6b7076"; context.stroke(); }
    }
  });

  // Near first, so that those left out lie on top; unmeasured ones are hollow.
  function drawingOrder(chosen) {
    if (chosen.order) return chosen.order;
    const members = chosen.colours.map(() => []), hollow = [], unknown = [];
    chosen.d.forEach((tens, k) => {
      if (tens === -2) hollow.push(k);
      else if (tens === -3) unknown.push(k);
      else members[tens === -1 ? members.length - 1 : cf.classOfDistance(tens * 10, chosen.breaks)].push(k);
    });
    chosen.order = chosen.colours.map((colour, k) => [colour, members[k]]);
    chosen.order.unshift([cf.UNKNOWN, unknown]);
    chosen.order.push([null, hollow]);
    return chosen.order;
  }

  data.show = function (chosen) {
    target = chosen;
    if (!map.hasLayer(data.layer)) data.layer.addTo(map);
    else data.layer.redraw();
    cf.homesLegend(target);
  };

  // The home under the pointer, and how far it is from the target.
  data.at = function (point) {
    if (!target || !map.hasLayer(data.layer)) return null;
    const view = cf.view(map), wide = corner ? corner[0] / 1e5 / 360 * 256 * view.scale : radius(view.zoom) + 3;
    let best = null, least = wide * wide;
    for (let k = 0; k < data.w.length; k += 1) {
      const dx = data.world[2 * k] * view.scale - view.left - point.x, dy = data.world[2 * k + 1] * view.scale - view.top - point.y;
      const square = dx * dx + dy * dy;
      if (square <= least) { least = square; best = k; }
    }
    if (best === null) return null;
    const tens = target.d[best];
    const far = tens === -2 ? cf.say("homes_unmeasured") : tens === -3 ? cf.say("homes_beyond_data") : tens === -1
      ? cf.say("home_beyond", { metres: cf.number(target.limit_m) }) : cf.say("home_metres", { metres: cf.number(tens * 10) });
    return { title: target.name + cf.say("colon") + far, text: cf.say("weight_" + cf.weights, { n: cf.number(data.w[best], 1) }) };
  };
};

// Service areas at the standard distances: drawn for the eye over whatever is coloured. Read when first chosen.
cf.startAreas = function (map) {
  const choice = document.getElementById("cf-area"), key = document.getElementById("cf-area-key");
  if (!choice) return; // the run kept none, and the page says so
  const names = JSON.parse(choice.dataset.names);
  names.forEach((name, k) => choice.append(new Option(name, k)));
  let data = null, area = null;

  const layer = new cf.CanvasLayer("cf-areas", function (context, view, size) {
    if (!area) return;
    for (const rings of area.shape) {
      cf.strokeAll(context, view, size, rings);
      context.fillStyle = "#7a0177";
      context.globalAlpha = 0.16;
      context.fill("evenodd");
      context.globalAlpha = 1;
      context.strokeStyle = "#ffffff";
      context.lineWidth = 3.4;
      context.stroke();
      context.strokeStyle = "#7a0177";
      context.lineWidth = 1.8;
      context.stroke();
    }
  });

  function show() {
    data = data || cf.read("cf-areas");
    area = choice.value === "" ? null : data[choice.value];
    key.hidden = !area;
    if (!area) { layer.remove(); return; }
    area.shape = area.shape || area.g.map((rings) => rings.map(cf.boxed));
    key.querySelector("span").textContent = names[choice.value];
    if (map.hasLayer(layer)) layer.redraw(); else layer.addTo(map);
  }

  choice.addEventListener("change", show);
  cf.areas = { layer, show };
};

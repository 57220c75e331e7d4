// A layer with one canvas, drawn by a function at rest and stretched while zooming: quick for many points.
cf.CanvasLayer = L.Layer.extend({
  initialize: function (pane, draw) {
    this._paneName = pane;
    this._draw = draw;
  },

  onAdd: function (map) {
    this._canvas = L.DomUtil.create("canvas", "leaflet-zoom-animated", map.getPane(this._paneName));
    this._canvas.setAttribute("aria-hidden", "true");
    this.redraw();
  },

  onRemove: function () {
    this._canvas.remove();
    this._canvas = null;
  },

  getEvents: function () {
    return { moveend: this.redraw, resize: this.redraw, zoomanim: this._stretch };
  },

  redraw: function () {
    if (!this._canvas || !this._map) return;
    const map = this._map, size = map.getSize(), ratio = window.devicePixelRatio || 1;
    this._corner = map.containerPointToLayerPoint([0, 0]);
    this._zoom = map.getZoom();
    this._northWest = map.containerPointToLatLng([0, 0]);
    L.DomUtil.setTransform(this._canvas, this._corner, 1);
    this._canvas.width = size.x * ratio;
    this._canvas.height = size.y * ratio;
    this._canvas.style.width = size.x + "px";
    this._canvas.style.height = size.y + "px";
    const context = this._canvas.getContext("2d");
    context.scale(ratio, ratio);
    this._draw(context, cf.view(map), size);
  },

  _stretch: function (event) {
    const scale = this._map.getZoomScale(event.zoom, this._zoom);
    const corner = this._map._latLngToNewLayerPoint(this._northWest, event.zoom, event.center);
    L.DomUtil.setTransform(this._canvas, corner, scale);
  },
});

// How pixels of zoom 0 become pixels of the container now: x * scale - left, y * scale - top.
cf.view = function (map) {
  const origin = map.getPixelBounds().min;
  return { scale: Math.pow(2, map.getZoom()), left: origin.x, top: origin.y, zoom: map.getZoom() };
};

// Streets, parks and water: polylines of zoom-0 pixels.
cf.strokeAll = function (context, view, size, lines) {
  context.beginPath();
  for (const line of lines) {
    const box = line.box;
    if (box[2] * view.scale - view.left < 0 || box[0] * view.scale - view.left > size.x) continue;
    if (box[3] * view.scale - view.top < 0 || box[1] * view.scale - view.top > size.y) continue;
    const world = line.world;
    context.moveTo(world[0] * view.scale - view.left, world[1] * view.scale - view.top);
    for (let k = 2; k < world.length; k += 2) context.lineTo(world[k] * view.scale - view.left, world[k + 1] * view.scale - view.top);
  }
};

cf.boxed = function (steps) {
  const world = cf.worldPixels(steps), box = [Infinity, Infinity, -Infinity, -Infinity];
  for (let k = 0; k < world.length; k += 2) {
    box[0] = Math.min(box[0], world[k]);
    box[2] = Math.max(box[2], world[k]);
    box[1] = Math.min(box[1], world[k + 1]);
    box[3] = Math.max(box[3], world[k + 1]);
  }
  return { world, box };
};

cf.startBasemap = function (map) {
  const data = cf.read("cf-base");
  const patches = (list) => list.map((rings) => rings.map(cf.boxed));
  const water = patches(data.water), park = patches(data.park);
  const streets = { path: data.path.map(cf.boxed), street: data.street.map(cf.boxed), main: data.main.map(cf.boxed) };
  const ground = new cf.CanvasLayer("cf-ground", function (context, view, size) {
    for (const [colour, list] of [["#cfe3c5", park], ["#b5d3e7", water]]) {
      context.fillStyle = colour;
      for (const rings of list) {
        cf.strokeAll(context, view, size, rings);
        context.fill("evenodd");
      }
    }
  });
  const grid = new cf.CanvasLayer("cf-streets", function (context, view, size) {
    const widths = { path: view.zoom < 15 ? 0 : 0.8, street: view.zoom < 12 ? 0.4 : view.zoom < 14 ? 0.7 : 1.4, main: view.zoom < 13 ? 1.1 : 2.2 };
    context.lineJoin = context.lineCap = "round";
    for (const kind of ["path", "street", "main"]) {
      if (!widths[kind]) continue;
      cf.strokeAll(context, view, size, streets[kind]);
      context.lineWidth = widths[kind];
      context.strokeStyle = kind === "main" ? "#5b6670" : "#7d868e";
      context.globalAlpha = kind === "main" ? 0.55 : 0.4;
      context.stroke();
    }
  });
  const toggle = (id, layer) => {
    const box = document.getElementById(id);
    const set = () => (box.checked ? layer.addTo(map) : layer.remove());
    box.addEventListener("change", set);
    set();
  };
  toggle("cf-show-green", ground);
  toggle("cf-show-streets", grid);
};

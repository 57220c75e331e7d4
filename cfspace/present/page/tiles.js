// An online background, only in pages that were made with one, and only when it is switched on.
cf.startTiles = function (map) {
  const box = document.getElementById("cf-show-tiles"), tiles = cf.core.tiles;
  if (!box || !tiles) return;
  const layers = tiles.urls.map((url) => L.tileLayer(url, {
    subdomains: tiles.subdomains, maxNativeZoom: tiles.max_zoom, maxZoom: 20, attribution: cf.escaped(tiles.credit), pane: "tilePane",
  }));
  box.addEventListener("change", () => layers.forEach((layer) => (box.checked ? layer.addTo(map) : layer.remove())));
};

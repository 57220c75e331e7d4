(function () {
  "use strict";
  var data = JSON.parse(document.getElementById("plan").textContent);
  // A text as the markup that shows it, since the names of sources are anybody's.
  function asText(text) {
    var box = document.createElement("span");
    box.textContent = text;
    return box.outerHTML;
  }
  var map = L.map("map", { preferCanvas: true, zoomSnap: 0.25 });
  map.attributionControl.setPrefix(false).addAttribution(asText(data.credit));
  // Degrees stand as whole numbers of 1e-5, each place as the step from the one before.
  function places(steps) {
    var found = [], x = 0, y = 0;
    for (var i = 0; i + 1 < steps.length; i += 2) {
      x += steps[i];
      y += steps[i + 1];
      found.push([y / 1e5, x / 1e5]);
    }
    return found;
  }
  L.polyline(data.streets.map(places), { color: "#c9c4b8", weight: 1, interactive: false }).addTo(map);
  data.units.forEach(function (polygons) {
    polygons.forEach(function (rings) {
      L.polygon(rings.map(places), { color: "#6b7683", weight: 1, fill: false, interactive: false }).addTo(map);
    });
  });
  var colours = data.colours;
  [colours.none, colours.new, colours.left].forEach(function (colour, state) {
    places(data.homes[state]).forEach(function (place) {
      L.circleMarker(place, {
        radius: state ? 2.5 : 1.5, stroke: false, fillColor: colour, fillOpacity: state ? 0.85 : 0.5, interactive: false
      }).addTo(map);
    });
  });
  places(data.places).forEach(function (place) {
    L.marker(place, { icon: L.divIcon({ className: "there", iconSize: [12, 12] }), interactive: false, keyboard: false }).addTo(map);
  });
  places(data.others).forEach(function (place) {
    L.circleMarker(place, { radius: 5, color: colours.proposed, weight: 2, fillColor: "#fff", fillOpacity: 1, interactive: false }).addTo(map);
  });
  var pins = data.proposals.map(function (corners, n) {
    if (corners.length > 1) L.polyline(corners, { color: colours.proposed, weight: 5, interactive: false }).addTo(map);
    var middle = corners.length > 1 ? L.latLngBounds(corners).getCenter() : corners[0];
    var icon = L.divIcon({ className: "pin", html: String(n + 1), iconSize: [28, 28] });
    var text = document.createElement("div");
    text.textContent = data.popups[n];
    return L.marker(middle, { icon: icon, keyboard: true, title: data.popups[n].split("\n")[0] }).bindPopup(text).addTo(map);
  });
  document.querySelectorAll("tr[data-n] button").forEach(function (button) {
    button.addEventListener("click", function () {
      var pin = pins[Number(button.closest("tr").dataset.n)];
      map.setView(pin.getLatLng(), Math.max(map.getZoom(), 15));
      pin.openPopup();
    });
  });
  L.control.scale({ imperial: false }).addTo(map);
  map.fitBounds(data.bounds);
}());

// Reading the data in the page. Degrees come as whole numbers of 1e-5, each vertex as a step from the last.
const cf = {};

cf.read = function (id) {
  const element = document.getElementById(id);
  return element ? JSON.parse(element.textContent) : null;
};

// [lon, lat, dlon, dlat, ...] -> [[lat, lon], ...] in degrees, as Leaflet wants it.
cf.latLngs = function (steps) {
  const points = [];
  let x = 0, y = 0;
  for (let k = 0; k < steps.length; k += 2) {
    x += steps[k];
    y += steps[k + 1];
    points.push([y / 1e5, x / 1e5]);
  }
  return points;
};

// The same steps -> Float64Array of x, y in pixels of zoom 0 (Web Mercator), quick to scale to any zoom.
cf.worldPixels = function (steps) {
  const world = new Float64Array(steps.length);
  let x = 0, y = 0;
  for (let k = 0; k < steps.length; k += 2) {
    x += steps[k];
    y += steps[k + 1];
    world[k] = 256 * (x / 1e5 / 360 + 0.5);
    const sine = Math.sin(y / 1e5 * Math.PI / 180);
    world[k + 1] = 256 * (0.5 - Math.log((1 + sine) / (1 - sine)) / (4 * Math.PI));
  }
  return world;
};

cf.say = function (key, values) {
  let text = key in cf.words ? cf.words[key] : key;
  for (const name in values || {}) text = text.split("{" + name + "}").join(values[name]);
  return text;
};

cf.number = function (value, digits) {
  if (value === null || value === undefined) return "–";
  return value.toLocaleString(cf.locale, { maximumFractionDigits: digits === undefined ? 0 : digits });
};

cf.percent = function (share, digits) {
  if (share === null || share === undefined) return "–";
  return share.toLocaleString(cf.locale, { style: "percent", maximumFractionDigits: digits || 0 });
};

// A value with its unit; shares as per cent.
cf.quantity = function (value, series) {
  if (value === null || value === undefined) return "–";
  if (series.share) return cf.percent(value, 1);
  return (cf.number(value, Math.abs(value) >= 100 ? 0 : 2) + " " + series.unit).trim();
};

// An element with text and children; text from data goes in as text, never as markup.
cf.make = function (tag, options, ...children) {
  const element = document.createElement(tag);
  for (const key in options || {}) {
    if (key === "text") element.textContent = options.text;
    else if (key === "on") for (const event in options.on) element.addEventListener(event, options.on[event]);
    else if (key in element && key !== "list" && key !== "role") element[key] = options[key];
    else element.setAttribute(key, options[key]);
  }
  for (const child of children) if (child) element.append(child);
  return element;
};

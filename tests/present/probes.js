// What the browser tests look at, from inside the page.
window.probe = {
  // The legend: text of each line and the figure beside it.
  legend() {
    return [...document.querySelectorAll("#cf-legend li")].map((line) => {
      const figure = line.querySelector("b");
      return [line.querySelector("span").textContent, figure ? figure.textContent : ""];
    });
  },

  // Visible texts that stick out of the window or of their own box.
  cutOff() {
    const found = [];
    const seen = "h1,h2,p,label,button,select,li,dt,dd,td,th,summary,.cf-bars span,.cf-bars b,figcaption";
    for (const element of document.querySelectorAll(seen)) {
      const box = element.getBoundingClientRect(), style = getComputedStyle(element);
      if (!box.width || !box.height || !element.checkVisibility()) continue;
      const text = element.textContent.slice(0, 40);
      if (box.left < -1 || box.right > innerWidth + 1) found.push("outside: " + text);
      const mayCut = style.textOverflow === "ellipsis" || style.webkitLineClamp !== "none" || element.tagName === "SELECT";
      if (style.overflow !== "visible" && !mayCut && element.scrollWidth > element.clientWidth + 2) found.push("cut: " + text);
    }
    return found;
  },

  // Buttons, fields and labels in one part of the page that lie over each other.
  overlaps(part) {
    const boxes = [...document.querySelectorAll(part + " :is(label, select, button, summary, h1, h2, p, li)")]
      .filter((element) => element.checkVisibility() && !element.querySelector("label, select, button, p, li"))
      .map((element) => [element, element.getBoundingClientRect()]).filter(([, box]) => box.width && box.height);
    const found = [];
    boxes.forEach(([one, a], k) => boxes.slice(k + 1).forEach(([other, b]) => {
      if (one.contains(other) || other.contains(one)) return;
      const wide = Math.min(a.right, b.right) - Math.max(a.left, b.left), high = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
      if (wide > 2 && high > 2) found.push(one.textContent.slice(0, 30) + " / " + other.textContent.slice(0, 30));
    }));
    return found;
  },

  // Where a unit's name stands, in pixels of the window.
  spotOf(k) {
    const map = window.cfspace.map, unit = window.cfspace.units.level.units[k];
    const at = map.latLngToContainerPoint([unit.p[1] / 1e5, unit.p[0] / 1e5]), box = map.getContainer().getBoundingClientRect();
    return [at.x + box.left, at.y + box.top];
  },

  // The painted colour beside a unit's name.
  colourAt(k) {
    const [x, y] = this.spotOf(k), canvas = document.querySelector(".leaflet-cf-units-pane canvas");
    const box = canvas.getBoundingClientRect(), ratio = canvas.width / box.width;
    return [...canvas.getContext("2d").getImageData((x + 13 - box.left) * ratio, (y - 11 - box.top) * ratio, 1, 1).data];
  },

  // How many pixels of a pane are painted.
  painted(pane) {
    const canvas = document.querySelector(".leaflet-" + pane + "-pane canvas");
    if (!canvas) return 0;
    const data = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
    let n = 0;
    for (let k = 3; k < data.length; k += 4) n += data[k] > 0 ? 1 : 0;
    return n;
  },

  // Waits until what was asked for is painted: Leaflet paints its canvases with the next frame.
  settled() {
    return new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(true))));
  },

  // How many pixels of some canvases are painted in about a colour, rgb(r, g, b).
  paintedIn(colour, canvases) {
    const wanted = colour.match(/\d+/g).map(Number);
    let n = 0;
    for (const canvas of document.querySelectorAll(canvases)) {
      const data = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
      for (let k = 0; k < data.length; k += 4) {
        n += data[k + 3] > 190 && wanted.every((channel, c) => Math.abs(channel - data[k + c]) < 5) ? 1 : 0;
      }
    }
    return n;
  },

  // How many places the rounds in sight stand for.
  marks() {
    return [...document.querySelectorAll(".cf-mark")].reduce((n, mark) => n + (mark.querySelector(".cf-many") ? Number(mark.querySelector("b").textContent.replace(/\D/g, "")) : 1), 0);
  },

  // Opens the popup of every member of a kind, one after the other.
  openAll(id) {
    window.cfspace.facilities.show(id, true);
    const kind = window.cfspace.facilities.kinds.find((one) => one.kind === id);
    kind.names.forEach((_, member) => window.cfspace.facilities.open(kind, member));
  },
};

// Search by the name of a unit or a facility; arrow keys, Enter and Escape work.
cf.startSearch = function (map, go) {
  const input = document.getElementById("cf-search"), list = document.getElementById("cf-hits");
  let entries = null, hits = [], at = -1;

  function index() {
    const all = [];
    for (const level of cf.core.levels) for (const unit of level.units) all.push({ name: unit.n, what: level.name, unit, level });
    for (const kind of cf.facilities.kinds) {
      kind.names.forEach((name, member) => { if (name) all.push({ name, what: kind.name, kind, member }); });
    }
    for (const entry of all) entry.key = entry.name.toLocaleLowerCase();
    return all;
  }

  cf.find = function (text) {
    entries = entries || index();
    const key = text.trim().toLocaleLowerCase();
    if (!key) return [];
    const first = [], later = [];
    for (const entry of entries) {
      const place = entry.key.indexOf(key);
      if (place === 0) first.push(entry);
      else if (place > 0) later.push(entry);
      if (first.length >= 12) break;
    }
    return first.concat(later).slice(0, 12);
  };

  function show() {
    hits = cf.find(input.value);
    at = -1;
    list.replaceChildren(...hits.map((hit, k) => cf.make("li", { id: "cf-hit-" + k, role: "option", "aria-selected": "false", on: { mousedown: (e) => { e.preventDefault(); pick(k); } } },
      cf.make("span", { text: hit.name.slice(0, 120), dir: "auto" }), cf.make("span", { text: hit.what }))));
    const asked = input.value.trim() !== "";
    if (asked && !hits.length) list.append(cf.make("li", { className: "cf-none", role: "option", "aria-disabled": "true", "aria-selected": "false", text: cf.say("no_hits") }));
    list.hidden = !asked;
    input.setAttribute("aria-expanded", String(asked));
    input.removeAttribute("aria-activedescendant");
  }

  function hide() {
    list.hidden = true;
    input.setAttribute("aria-expanded", "false");
  }

  function move(step) {
    if (!hits.length) return;
    if (at >= 0) list.children[at].setAttribute("aria-selected", "false");
    at = (at + step + hits.length) % hits.length;
    list.children[at].setAttribute("aria-selected", "true");
    list.children[at].scrollIntoView({ block: "nearest" });
    input.setAttribute("aria-activedescendant", "cf-hit-" + at);
  }

  function pick(k) {
    input.value = hits[k].name.slice(0, 120);
    hide();
    go(hits[k]);
  }

  input.addEventListener("input", show);
  input.addEventListener("focus", () => { cf.openMenu(false); if (input.value) show(); });
  input.addEventListener("blur", hide);
  input.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown") { event.preventDefault(); move(1); }
    else if (event.key === "ArrowUp") { event.preventDefault(); move(-1); }
    else if (event.key === "Enter" && hits.length) pick(Math.max(at, 0));
    else if (event.key === "Escape") hide();
  });
};

"use strict";
// Light or dark: as the system is, or as the person chose. Loaded in the head, before anything is painted.

const night = matchMedia("(prefers-color-scheme: dark)");
const THEMES = ["system", "light", "dark"];
let chosenTheme = new URLSearchParams(location.search).get("theme") || localStorage.getItem("theme");
function theme() {
  if (chosenTheme === "light" || chosenTheme === "dark") return chosenTheme;
  return night.matches ? "dark" : "light";
}
function paintTheme() {
  document.documentElement.dataset.theme = theme();
  document.dispatchEvent(new Event("themechange"));
}
function chooseTheme(name) {
  chosenTheme = name;
  localStorage.setItem("theme", name);
  paintTheme();
}
night.addEventListener("change", paintTheme);
paintTheme();

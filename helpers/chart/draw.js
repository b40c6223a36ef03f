// Draws one chart over its picture, as soon as ECharts is there; called with the chart's id and its ECharts options.
// Where scripts don't run, ECharts never comes or drawing fails, the picture stays.
function (id, options) {
  "use strict";

  // Four decimals, fewer where there are none.
  function number(x) { return String(Number(x.toFixed(4))); }

  // The tooltip is built from text nodes, so no name is ever read as HTML.
  function tooltip(points) {
    var box = document.createElement("div");
    box.append(options.xAxis[0].name + ": " + (options.xAxis[0].type === "category" ? points[0].name : points[0].value[0]));
    points.forEach(function (p) {
      if (typeof p.value[1] !== "number") { return; } // a gap
      var row = document.createElement("div"), dot = document.createElement("span"), name = document.createElement("bdi");
      dot.textContent = "\u25CF ";
      dot.style.color = p.color;
      name.textContent = p.seriesName;
      row.append(dot, name, ": " + number(p.value[1]) + (p.value[2] > 0 ? " \u00B1 " + p.value[2].toFixed(4) : ""));
      box.append(row);
    });
    return box;
  }

  function draw(echarts) {
    options.tooltip.formatter = tooltip;
    options.tooltip.confine = true;
    options.xAxis[0].nameTextStyle = options.yAxis[0].nameTextStyle = {color: "#333", fontSize: 14};
    options.series.forEach(function (s) {
      if (s.areaStyle) { s.z = 1; s.silent = true; s.tooltip = {show: false}; } // a band, under the lines (z = 2)
    });
    document.querySelectorAll('[data-alnb-chart="' + id + '"]').forEach(function (box) {
      var picture = box.querySelector("img"), place = document.createElement("div");
      if (!picture || picture.style.display === "none") { return; }
      place.style.cssText = "width:100%;height:" + picture.getAttribute("height") + "px";
      picture.style.display = "none";
      box.insertBefore(place, picture);
      try {
        var chart = echarts.init(place, null, {renderer: "svg"});
        chart.setOption(options);
        new ResizeObserver(function () { chart.resize(); }).observe(place);
        place.setAttribute("role", "img");
        place.setAttribute("aria-label", picture.alt);
      } catch (error) {
        place.remove();
        picture.style.display = "";
        console.error("alnb chart:", error);
      }
    });
  }

  if (window.__alnbECharts) {
    draw(window.__alnbECharts);
  } else {
    (window.__alnbCharts = window.__alnbCharts || []).push(draw);
  }
}

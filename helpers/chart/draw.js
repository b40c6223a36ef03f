// Draws one chart over its picture, as soon as ECharts is there; called with the chart's id and its ECharts options.
// Where scripts don't run, ECharts never comes or drawing fails, the picture stays.
function (id, options) {
  "use strict";

  // Four decimals, fewer where there are none.
  function number(x) { return String(Number(x.toFixed(4))); }

  // The tooltip is built from text nodes, so no name is ever read as HTML.
  function tooltip(points) {
    var box = document.createElement("div");
    points = [].concat(points);
    if (points[0].seriesType === "scatter") {
      box.append(points[0].name);
    } else {
      box.append(options.xAxis[0].name + ": " + (options.xAxis[0].type === "category" ? points[0].name : points[0].value[0]));
    }
    points.forEach(function (p) {
      if (typeof p.value[1] !== "number") { return; } // a gap
      var row = document.createElement("div"), dot = document.createElement("span"), name = document.createElement("bdi");
      dot.textContent = "\u25CF ";
      dot.style.color = p.color;
      name.textContent = p.seriesName;
      row.append(dot, name, ": " + (p.seriesType === "scatter" ? number(p.value[0]) + ", " : "") + number(p.value[1]) + (p.value[2] > 0 ? " \u00B1 " + p.value[2].toFixed(4) : ""));
      box.append(row);
    });
    return box;
  }

  // The field of a scatter chart is a picture behind ECharts' own element, as large as what lies between the axes.
  function behind() {
    var grid = options.grid[0], field = document.createElement("img");
    field.src = options.alnbField;
    field.alt = "";
    field.style.cssText = "position:absolute;max-width:none;left:" + grid.left + "px;top:" + grid.top + "px;width:calc(100% - " +
      (Number(grid.left) + Number(grid.right)) + "px);height:calc(100% - " + (Number(grid.top) + Number(grid.bottom)) + "px)";
    return field;
  }

  function draw(echarts) {
    options.tooltip.formatter = tooltip;
    options.tooltip.confine = true;
    options.xAxis[0].nameTextStyle = options.yAxis[0].nameTextStyle = {color: "#333", fontSize: 14};
    options.series.forEach(function (s) {
      if (s.type === "scatter") { s.label = {formatter: function (p) { return p.data.text; }}; } // a string would be a template
      if (s.areaStyle) { s.z = 1; s.silent = true; s.tooltip = {show: false}; } // a band, under the lines (z = 2)
    });
    document.querySelectorAll('[data-alnb-chart="' + id + '"]').forEach(function (box) {
      var picture = box.querySelector("img"), place = document.createElement("div");
      if (!picture || picture.style.display === "none") { return; }
      place.style.cssText = "position:relative;width:100%;height:" + picture.getAttribute("height") + "px";
      picture.style.display = "none";
      box.insertBefore(place, picture);
      try {
        var chart = echarts.init(place, null, {renderer: "svg"});
        if (place.clientWidth < 700) { options.legend.type = "scroll"; } // its rows would lie over the lines
        chart.setOption(options);
        if (options.alnbField) { place.prepend(behind()); }
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

// Draws the diagrams of a page. The program that does it is large, so only pages that have one load it.
(() => {
  const source = document.currentScript.src;
  const draw = () => {
    const diagrams = document.querySelectorAll("div.diagram");
    if (diagrams.length === 0) return;
    const script = document.createElement("script");
    script.src = new URL("mermaid.js", source);
    script.onload = () => {
      const dark = document.body.dataset.mdColorScheme === "slate";
      mermaid.initialize({ startOnLoad: false, theme: dark ? "dark" : "neutral" });
      mermaid.run({ nodes: diagrams });
    };
    document.head.append(script);
  };
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", draw);
  else draw();
})();

// Light and dark, and the search: over the index that fsdocs writes, without a network.
"use strict";

(function () {
    const page = document.documentElement;
    const dialog = document.querySelector("dialog");
    const box = dialog.querySelector("input");
    const list = dialog.querySelector("ul");
    const empty = dialog.querySelector(".empty");
    const shown = 20;
    let index = null;

    document.getElementById("theme-button").addEventListener("click", function () {
        const dark = page.dataset.theme ? page.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
        page.dataset.theme = dark ? "light" : "dark";
        localStorage.setItem("theme", page.dataset.theme);
    });

    // How well an entry fits: its title, its headings, then what is in it.
    function score(entry, terms) {
        const title = entry.title.toLowerCase();
        const headings = entry.headings.join("\n").toLowerCase();
        const content = entry.content.toLowerCase();
        let sum = 0;
        for (const term of terms) {
            if (title === term) sum += 100;
            else if (title.endsWith("." + term)) sum += 60;
            else if (title.startsWith(term)) sum += 40;
            else if (title.includes(term)) sum += 20;
            else if (headings.includes(term)) sum += 10;
            else if (content.includes(term)) sum += content.split(/\W+/).includes(term) ? 5 : 1;
            else return 0;
        }
        return sum;
    }

    async function search(text) {
        index = index || await (await fetch(page.dataset.root + "index.json")).json();
        const terms = text.toLowerCase().split(/\s+/).filter(Boolean);
        const found = terms.length === 0 ? [] : index
            .map(function (entry) { return { entry: entry, score: score(entry, terms) }; })
            .filter(function (rated) { return rated.score > 0; })
            .sort(function (a, b) { return b.score - a.score; })
            .slice(0, shown);
        list.replaceChildren(...found.map(function (rated) {
            const item = document.createElement("li");
            const link = document.createElement("a");
            link.href = rated.entry.uri;
            link.textContent = rated.entry.title;
            item.append(link);
            return item;
        }));
        empty.textContent = terms.length > 0 && found.length === 0 ? "Nothing was found." : "";
    }

    function open() {
        dialog.showModal();
        box.focus();
    }

    window.optdslSearch = search;
    document.getElementById("search-button").addEventListener("click", open);
    box.addEventListener("input", function () { search(box.value); });
    dialog.addEventListener("click", function (event) { if (event.target === dialog) dialog.close(); });
    addEventListener("keydown", function (event) {
        if (event.key === "/" && !dialog.open && !/^(INPUT|TEXTAREA)$/.test(document.activeElement.tagName)) {
            event.preventDefault();
            open();
        }
    });
})();

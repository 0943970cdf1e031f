document.querySelector("main").textContent = "No images yet";

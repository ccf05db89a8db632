// Of every page: what a change with the cookie of a sign-in needs, and the button that ends the sign-in.

/** The CSRF token as a header; none where nobody is signed in. */
function tokenHeader() {
  const found = document.cookie.split("; ").find((one) => one.startsWith("_xsrf="));
  return found ? { "X-XSRFToken": found.slice("_xsrf=".length) } : {};
}

document.getElementById("sign-out")?.addEventListener("click", async () => {
  await fetch("/sign-out", { method: "POST", headers: tokenHeader() });
  location.assign("/sign-in");
});

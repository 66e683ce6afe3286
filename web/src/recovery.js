// A part of the HTML of each page, and so there before the files of the page: if one of these cannot be loaded, because the
// server starts or has other files since, the page says so, and loads itself again once the server answers.
(() => {
  const retryTime = 2000;
  const texts = {
    en: 'The server does not answer. This page tries again by itself.',
    fr: 'Le serveur ne répond pas. Cette page réessaie d’elle-même.',
    de: 'Der Server antwortet nicht. Diese Seite versucht es von selbst wieder.',
    es: 'El servidor no responde. Esta página vuelve a intentarlo por sí misma.',
  };
  let isMissing = false;

  // A page that shows something already does so until it is loaded again.
  function say() {
    const app = document.getElementById('app');
    if (!app || app.hasChildNodes()) return;
    const language = navigator.languages.map((tag) => tag.slice(0, 2).toLowerCase()).find((tag) => tag in texts) ?? 'en';
    const text = document.createElement('p');
    text.setAttribute('role', 'status');
    text.lang = language;
    text.textContent = texts[language];
    const main = document.createElement('main');
    main.className = 'message';
    main.append(text);
    app.append(main);
  }

  async function loadAgain() {
    const answer = await fetch(location.pathname, { method: 'HEAD', cache: 'no-store' }).catch(() => null);
    if (answer?.ok) location.reload();
    else setTimeout(loadAgain, retryTime);
  }

  function missing() {
    if (isMissing) return;
    isMissing = true;
    say();
    setTimeout(loadAgain, retryTime);
  }

  // Errors of elements do not bubble, and those of scripts themselves have no element.
  addEventListener('error', ({ target }) => /^(SCRIPT|LINK)$/.test(target.tagName) && missing(), true);
  // A file that is imported later, and the worker (hub_client.ts).
  addEventListener('vite:preloadError', missing);
})();

// The page /docs: Swagger UI on this server's own document. It loads nothing from elsewhere, a validator included.

const place = document.getElementById("documents");
SwaggerUIBundle({
  url: place.dataset.url,
  domNode: place,
  deepLinking: true,
  docExpansion: "list",
  defaultModelsExpandDepth: 0,
  defaultModelExpandDepth: 3,
  tryItOutEnabled: true,
  displayRequestDuration: true,
  validatorUrl: null,
  requestInterceptor: (request) => {
    Object.assign(request.headers, tokenHeader());
    return request;
  },
});

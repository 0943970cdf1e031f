"use strict";

// Swagger UI keeps what was filled into a form when the body becomes JSON, and sends nonsense.
const freshBodies = {
  statePlugins: {
    oas3: {
      wrapActions: {
        setRequestContentType: (original, system) => (given) => {
          system.oas3Actions.setRequestBodyValue({ value: undefined, pathMethod: given.pathMethod });
          return original(given);
        },
      },
    },
  },
};

// A field left empty is a field left out.
const withoutEmptyFields = (request) => {
  if (request.body instanceof FormData) {
    const empty = [...request.body].filter(([, value]) => value === "");
    empty.forEach(([name]) => request.body.delete(name));
  }
  return request;
};

SwaggerUIBundle({
  url: "openapi.json",
  dom_id: "#docs",
  deepLinking: true,
  defaultModelsExpandDepth: 0,
  displayRequestDuration: true,
  plugins: [freshBodies],
  requestInterceptor: withoutEmptyFields,
  tryItOutEnabled: true,
  validatorUrl: null,
});

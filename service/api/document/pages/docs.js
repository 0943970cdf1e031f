"use strict";

// Clears the body if its content type changes: Swagger UI would send a form's values as JSON.
const freshBodies = {
  statePlugins: {
    oas3: {
      wrapActions: {
        setRequestContentType: (original, system) => (payload) => {
          system.oas3Actions.setRequestBodyValue({ value: undefined, pathMethod: payload.pathMethod });
          return original(payload);
        },
      },
    },
  },
};

// Leaves out the fields of a form that are empty.
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

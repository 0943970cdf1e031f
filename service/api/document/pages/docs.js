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

// Swagger UI fills in examples and sends them: leave optional fields empty.
const empty = (schema) => {
  schema.examples = [schema.type === "array" ? [] : ""];
  if (schema.items) empty(schema.items);
};

const withEmptyForms = (text) => {
  const document = JSON.parse(text);
  const { properties, required } = document.components.schemas.UploadForm;
  Object.keys(properties).filter((name) => !required.includes(name))
    .forEach((name) => empty(properties[name]));
  Object.values(document.paths).flatMap(Object.values).flatMap((operation) => operation.parameters)
    .filter(({ schema }) => schema.items).forEach(({ schema }) => empty(schema));
  return JSON.stringify(document);
};

const emptyForms = {
  statePlugins: {
    spec: {
      wrapActions: {
        updateSpec: (original) => (text) => original(text && withEmptyForms(text)),
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

// The colours of the system; Swagger UI has both sets and a class to choose.
const darkColours = window.matchMedia("(prefers-color-scheme: dark)");
const followSystem = () => {
  document.documentElement.classList.toggle("dark-mode", darkColours.matches);
};
darkColours.addEventListener("change", followSystem);
followSystem();

SwaggerUIBundle({
  url: "openapi.json",
  dom_id: "#docs",
  deepLinking: true,
  defaultModelsExpandDepth: 0,
  displayRequestDuration: true,
  plugins: [freshBodies, emptyForms],
  requestInterceptor: withoutEmptyFields,
  tryItOutEnabled: true,
  validatorUrl: null,
});

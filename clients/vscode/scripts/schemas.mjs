/**
 * The schemas of openrpc.json in the words of json-schema-to-typescript.
 *
 * That library reads older drafts: tuples stand in `items`, and names are taken from `title`.
 * A length of an array would become a union of tuples, so it goes into the comment, where
 * all else stands that a type cannot say.
 */

const REFERENCE = "#/components/schemas/";

/** The type of a schema: `crystalmath_protocol.jobs.Measure` is `JobsMeasure`. */
export function typeName(schema) {
  const parts = schema.replace(REFERENCE, "").split(".");
  const [name, module] = [parts.at(-1), parts.at(-2) ?? ""];
  return module.charAt(0).toUpperCase() + module.slice(1) + name;
}

/** What the library makes one file of: every schema, and an interface of all methods. */
export function rootSchema(document) {
  const { schemas } = document.components;
  const methods = document.methods.map((method) => [
    method.name,
    described(methodText(method), {
      params: reference(method["x-params"]),
      result: reference(method.result.schema),
    }),
  ]);
  const notifications = document["x-notifications"].map(({ name, params }) => [
    name,
    reference(params),
  ]);
  return {
    title: "Protocol",
    ...described(
      "All that is said: asked for, or sent without being asked each time.",
      {
        methods: {
          title: "Methods",
          ...described("Each method with what it takes and what it answers.", methods),
        },
        notifications: {
          title: "Notifications",
          ...described("What the daemon sends to those who subscribed.", notifications),
        },
      },
    ),
    definitions: Object.fromEntries(
      Object.entries(schemas).map(([name, schema]) => [
        typeName(name),
        { ...translated(schema), title: typeName(name) },
      ]),
    ),
  };
}

function described(description, properties) {
  const entries = Array.isArray(properties) ? properties : Object.entries(properties);
  return {
    description,
    type: "object",
    properties: Object.fromEntries(entries),
    required: entries.map(([name]) => name),
    additionalProperties: false,
  };
}

function methodText(method) {
  return `${method.summary} (${method["x-access"]}, since ${method["x-added"]})`;
}

function reference(schema) {
  return { $ref: `#/definitions/${typeName(schema.$ref)}` };
}

function translated(schema) {
  if (schema.$ref !== undefined) {
    return reference(schema);
  }
  const made = schema.type === "array" ? translatedArray(schema) : { ...schema };
  delete made.default;
  if (schema.properties !== undefined) {
    made.properties = mapped(schema.properties, translated);
    made.additionalProperties = false;
  } else if (schema.type === "object") {
    const values = schema.additionalProperties ?? true;
    made.additionalProperties =
      typeof values === "object" ? translated(values) : values;
  }
  if (schema.anyOf !== undefined) {
    made.anyOf = schema.anyOf.map(translated);
  }
  return withComment(made, schema);
}

function translatedArray(schema) {
  const { prefixItems, items = {}, minItems, maxItems, ...others } = schema;
  return prefixItems === undefined
    ? { ...others, items: translated(items) }
    : {
        ...others,
        ...{ items: prefixItems.map(translated), additionalItems: false },
        ...{ minItems, maxItems },
      };
}

function withComment(made, schema) {
  const alternatives = schema.anyOf?.filter((one) => one.type !== "null") ?? [];
  const facts = [schema, ...(alternatives.length === 1 ? alternatives : [])];
  const lines = [...new Set(facts.flatMap(factsOf))];
  if (schema.default !== undefined && schema.default !== null) {
    lines.push(`@defaultValue \`${JSON.stringify(schema.default)}\``);
  }
  return lines.length > 0 ? { ...made, description: lines.join("\n\n") } : made;
}

function factsOf(schema) {
  const items = schema.items?.description;
  const text = schema.description ?? "";
  return [
    dedented(text),
    items && `Each: ${items}`,
    ...limits(schema.minimum, schema.maximum, ""),
    ...(schema.exclusiveMinimum === undefined
      ? []
      : [`More than ${schema.exclusiveMinimum}.`]),
    ...(schema.exclusiveMaximum === undefined
      ? []
      : [`Less than ${schema.exclusiveMaximum}.`]),
    // Some say it themselves.
    ...(text.includes(` ${schema.maxLength} `)
      ? []
      : limits(schema.minLength, schema.maxLength, " characters")),
    ...(schema.prefixItems ? [] : limits(schema.minItems, schema.maxItems, " entries")),
  ].filter(Boolean);
}

function limits(least, most, what) {
  const said = [
    ...(least === undefined ? [] : [`at least ${least}`]),
    ...(most === undefined ? [] : [`at most ${most}`]),
  ].join(", ");
  return said ? [said.charAt(0).toUpperCase() + said.slice(1) + what + "."] : [];
}

/** A docstring of Python: all lines but the first share an indentation. */
function dedented(text) {
  return text.replaceAll(/\n {4}/g, "\n");
}

function mapped(object, make) {
  return Object.fromEntries(
    Object.entries(object).map(([name, value]) => [name, make(value)]),
  );
}

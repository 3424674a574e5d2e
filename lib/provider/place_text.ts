/** Where in a request a credential goes, in words. @module */
import type { AcceptedPlace, Injection } from "./definition.ts";

/** `the header X-Api-Key`. Names no field of the credential. */
export function placeText(place: Injection | AcceptedPlace): string {
  switch (place.kind) {
    case "header":
      return `the header ${place.name}`;
    case "basic":
      return "Basic credentials";
    case "query":
      return `the query parameter ${place.name}`;
    case "cookie":
      return `the cookie ${place.name}`;
    case "path":
      return `the path ${place.template}`;
    case "sigv4":
      return "the signature";
    case "body":
      return `${place.name} of the body`;
    case "websocket":
      return `${place.name} of a WebSocket message`;
  }
}

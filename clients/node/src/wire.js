import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import grpc from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';

/** The .proto files: beside this file in the npm package, in the house's proto/ otherwise. */
function protoFolders() {
  const here = (/** @type {string} */ path) => fileURLToPath(new URL(path, import.meta.url));
  return existsSync(here('../proto')) ? [here('../proto')] : [here('../../../proto/src/main/proto'), here('../../../proto/third_party')];
}

const definition = loadSync(
  ['hooke/v1/auth.proto', 'hooke/v1/node.proto', 'hooke/v1/market.proto', 'hooke/v1/task.proto', 'hooke/v1/spec.proto', 'google/rpc/status.proto', 'google/rpc/error_details.proto'],
  { includeDirs: protoFolders(), longs: String, enums: String, defaults: true, oneofs: true },
);

/** @typedef {'NodeService' | 'MarketService' | 'TaskService'} Service */

/** Client constructors of the three services, by name: `new services.NodeService(address, credentials)`. */
export const services = /** @type {Record<Service, grpc.ServiceClientConstructor>} */ (
  /** @type {any} */ (grpc.loadPackageDefinition(definition)).hooke.v1
);

/**
 * @param {string} name full name of a message
 * @returns {import('@grpc/proto-loader').MessageTypeDefinition<object, any>}
 */
const message = (name) => /** @type {any} */ (definition[name]);

/**
 * The bytes of a message; fields by number, what is not in `value` left out.
 *
 * @param {string} name
 * @param {object} value camelCase fields; 64-bit numbers as decimal strings
 */
export const encode = (name, value) => message(name).serialize(value);

/**
 * @param {string} name
 * @param {Uint8Array} bytes
 */
export const decode = (name, bytes) => message(name).deserialize(Buffer.from(bytes));

const ERROR_INFO = 'type.googleapis.com/google.rpc.ErrorInfo';

/**
 * What a node said when it refused: `google.rpc.Status` with `ErrorInfo`, as it travels in the trailers.
 *
 * @param {grpc.ServiceError} error
 * @returns {{ message: string, reason: string, metadata: Record<string, string> } | undefined} undefined when the error is not
 *     a node's own
 */
export function refusalOf(error) {
  const [bytes] = error.metadata?.get('grpc-status-details-bin') ?? [];
  if (!Buffer.isBuffer(bytes)) {
    return undefined;
  }
  let status;
  try {
    status = decode('google.rpc.Status', bytes);
  } catch {
    return undefined; // No message at all.
  }
  for (const detail of status.details) {
    if (detail.type_url === ERROR_INFO || detail.typeUrl === ERROR_INFO || detail['@type'] === ERROR_INFO) {
      const info = detail.value === undefined ? detail : decode('google.rpc.ErrorInfo', detail.value);
      return { message: status.message, reason: info.reason, metadata: info.metadata };
    }
  }
  return undefined;
}

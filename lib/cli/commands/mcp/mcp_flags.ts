/** The flags of `mcp`, which `mcp install` writes down. @module */
import { option, options } from "../../kit/define_command.ts";

/** As typed and explained. */
export const MCP_FLAGS = {
  connection: option("Use this connection", "name", "connection"),
  allowTool: options("Allow only tools of this name; * is any text", "tool"),
  denyTool: options("Hide and refuse tools of this name", "tool"),
};

/** Values of {@linkcode MCP_FLAGS}. */
export interface McpFlags {
  connection?: string;
  allowTool?: string[];
  denyTool?: string[];
}

/** Flags of `mcp install`. */
export interface InstallFlags extends McpFlags {
  scope?: "user" | "project";
  name?: string;
  command?: string;
  dryRun?: boolean;
  yes?: boolean;
}

/** Flags of `mcp uninstall`. */
export interface UninstallFlags {
  scope?: "user" | "project";
  dryRun?: boolean;
  yes?: boolean;
}

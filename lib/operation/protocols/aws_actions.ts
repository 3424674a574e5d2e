/** Which actions of AWS only read, by their names and by what AWS documents of those that are named otherwise. @module */

/** What begins the name of an action that only reads. */
const READING =
  /^(?:BatchCheck|BatchDescribe|BatchDetect|BatchGet|BatchIsAuthorized|Check|Classify|Compare|Contains|Count|Describe|Detect|Discover|Estimate|Filter|Get|Head|IsAuthorized|IsVpcPeered|List|Lookup|Preview|Query|Retrieve|Scan|Search|Select|Simulate|TransactGet|Translate|Validate|View)(?=[A-Z0-9]|$)/;
/** What begins the name of one that does not. */
const WRITING =
  /^(?:Accept|Activate|Add|Allocate|Apply|Assign|Associate|Assume|Attach|Authorize|BatchCreate|BatchDelete|BatchPut|BatchUpdate|BatchWrite|Bundle|Cancel|Change|Complete|Confirm|Copy|Create|Deactivate|Decrypt|Delete|Deregister|Detach|Disable|Disassociate|Enable|Encrypt|Export|Generate|Import|Increase|Initiate|Invoke|Issue|Mark|Merge|Modify|Move|Post|Provision|Publish|Purchase|Purge|Put|Reboot|Receive|Re(?:gister|ject|lease|move|new|place|quest|set|store|voke)|Rotate|Run|Schedule|Send|Set|Sign|Start|Stop|Submit|Subscribe|Tag|Terminate|TransactWrite|Transfer|Unassign|Unlink|Unsubscribe|Untag|Update|Upload|Write)(?=[A-Z0-9]|$)/;
/** What gives a credential away, or takes work from a queue, though it is named as if it read. */
const NOT_READING =
  /^(?:Get(?:SessionToken|FederationToken|DelegatedAccessToken|WebIdentityToken|AccessToken|ComputeAuthToken|AuthorizationToken|IdentityCenterAuthToken|AcmeExternalAccountBindingCredentials|Credentials|CredentialsForIdentity|RoleCredentials|ClusterCredentials|ClusterCredentialsWithIAM|ClusterSessionCredentials|Id|OpenIdToken|OpenIdTokenForDeveloperIdentity|TokensFromRefreshToken|PasswordData|InstanceAccessDetails|RelationalDatabaseMasterUserPassword|SigninToken|ActivityTask|DataAccess|ResourceOauth2Token|ResourceApiKey|WorkloadAccessToken\w*|\w*EmbedUrl|\w*EmbedURL|Temporary\w+Credentials)|ScanSbom|QueryWithAgent)$/;
/** Single actions that only read, whatever their name. */
const ALSO_READING = new Set([
  "kms:Verify",
  "kms:VerifyMac",
  "logs:TestMetricFilter",
  "logs:TestTransformer",
  "events:TestEventPattern",
  "kinesis:SubscribeToShard",
  "cloudtrail:GenerateQuery",
  "sts:DecodeAuthorizationMessage",
  "cloudformation:EstimateTemplateCost",
]);
/** Single actions that do not, or of which nobody can tell by the name. */
const NOT_KNOWN = new Set([
  // SQL may write.
  "dynamodb:ExecuteStatement",
  "dynamodb:BatchExecuteStatement",
  "dynamodb:ExecuteTransaction",
  "rds-data:ExecuteStatement",
  "redshift-data:ExecuteStatement",
  "redshift-data:BatchExecuteStatement",
  // Runs the program of a state.
  "states:TestState",
]);

/** Whether an action only reads; `undefined`: nobody knows. */
export function actionReads(
  service: string,
  action: string,
): boolean | undefined {
  const name = `${service}:${action}`;
  if (NOT_KNOWN.has(name)) return undefined;
  if (ALSO_READING.has(name)) return true;
  if (NOT_READING.test(action) || WRITING.test(action)) return false;
  return READING.test(action) ? true : undefined;
}

/** A part of a host that names a region, or how it is reached. */
const ELSEWHERE =
  /^(?:[a-z]{2}(?:-[a-z]+)+-\d|dualstack|fips|vpce|global|cn|aws|amazonaws|com|api|on)$/;

/**
 * The service at `host` as its actions are named (`ec2`, `s3`, `monitoring`): `dynamodb.eu-west-1.amazonaws.com`,
 * `bucket.s3.amazonaws.com`, `sts.amazonaws.com`, `kms-fips.us-east-1.api.aws`.
 */
export function serviceOf(host: string): string {
  const labels = host.split(".").filter((label) => !ELSEWHERE.test(label));
  if (labels.some((label) => /^s3(?:-|$)/.test(label))) {
    return labels.some((label) => label === "s3-control") ? "s3-control" : "s3";
  }
  const last = labels.at(-1)?.replace(/-fips$/, "") ?? "";
  // Of endpoints that each account has: `1234.execute-api`, `abc.iot`.
  return last === "" ? "aws" : last;
}

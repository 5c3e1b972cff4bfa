/** Budgets, priorities, roles, certificates, tokens, scales: generated.proto of api policy/v1, scheduling/v1, rbac/v1, certificates/v1, authentication/v1, autoscaling/v1. */
export const policyMessages = `
PodDisruptionBudget metadata=1:ObjectMeta spec=2:PodDisruptionBudgetSpec status=3:PodDisruptionBudgetStatus
PodDisruptionBudgetSpec minAvailable=1:IntOrString selector=2:LabelSelector maxUnavailable=3:IntOrString
  unhealthyPodEvictionPolicy=4!
PodDisruptionBudgetStatus observedGeneration=1:int disruptedPods=2:Time{} disruptionsAllowed=3:int!
  currentHealthy=4:int! desiredHealthy=5:int! expectedPods=6:int! conditions=7:Condition[]
PriorityClass metadata=1:ObjectMeta value=2:int! globalDefault=3:bool description=4 preemptionPolicy=5!
Role metadata=1:ObjectMeta rules=2:PolicyRule[]
PolicyRule verbs=1:string[] apiGroups=2:string[] resources=3:string[] resourceNames=4:string[]
  nonResourceURLs=5:string[]
RoleBinding metadata=1:ObjectMeta subjects=2:Subject[] roleRef=3:RoleRef
Subject kind=1! apiGroup=2 name=3! namespace=4
RoleRef apiGroup=1! kind=2! name=3!
ClusterRole metadata=1:ObjectMeta rules=2:PolicyRule[] aggregationRule=3:AggregationRule
AggregationRule clusterRoleSelectors=1:LabelSelector[]
ClusterRoleBinding metadata=1:ObjectMeta subjects=2:Subject[] roleRef=3:RoleRef
CertificateSigningRequest metadata=1:ObjectMeta spec=2:CertificateSigningRequestSpec
  status=3:CertificateSigningRequestStatus
CertificateSigningRequestSpec request=1:bytes! signerName=7! expirationSeconds=8:int! usages=5:string[] username=2
  uid=3 groups=4:string[] extra=6:strings{}
CertificateSigningRequestStatus conditions=1:CertificateSigningRequestCondition[] certificate=2:bytes
CertificateSigningRequestCondition type=1! status=6! reason=2 message=3 lastUpdateTime=4:Time
  lastTransitionTime=5:Time
TokenRequest metadata=1:ObjectMeta spec=2:TokenRequestSpec status=3:TokenRequestStatus
TokenRequestSpec audiences=1:string[] expirationSeconds=4:int! boundObjectRef=3:BoundObjectReference
BoundObjectReference kind=1 apiVersion=2 name=3 uid=4
TokenRequestStatus token=1! expirationTimestamp=2:Time
Scale metadata=1:ObjectMeta spec=2:ScaleSpec status=3:ScaleStatus
ScaleSpec replicas=1:int
ScaleStatus replicas=1:int! selector=2
`;

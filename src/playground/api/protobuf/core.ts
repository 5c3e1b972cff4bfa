/** Namespaces, configuration, accounts, services, quotas: api core/v1 generated.proto. */
export const coreMessages = `
Namespace metadata=1:ObjectMeta spec=2:NamespaceSpec status=3:NamespaceStatus
NamespaceSpec finalizers=1:string[]
NamespaceStatus phase=1 conditions=2:NamespaceCondition[]
NamespaceCondition type=1! status=2! lastTransitionTime=4:Time reason=5 message=6
ConfigMap metadata=1:ObjectMeta immutable=4:bool! data=2:string{} binaryData=3:bytes{}
Secret metadata=1:ObjectMeta immutable=5:bool! data=2:bytes{} stringData=4:string{} type=3
ServiceAccount metadata=1:ObjectMeta secrets=2:ObjectReference[] imagePullSecrets=3:LocalObjectReference[]
  automountServiceAccountToken=4:bool!
ObjectReference kind=1 namespace=2 name=3 uid=4 apiVersion=5 resourceVersion=6 fieldPath=7
LocalObjectReference name=1
Service metadata=1:ObjectMeta spec=2:ServiceSpec status=3:ServiceStatus
ServiceSpec ports=1:ServicePort[] selector=2:string{} clusterIP=3 clusterIPs=18:string[] type=4 externalIPs=5:string[]
  sessionAffinity=7 loadBalancerIP=8 loadBalancerSourceRanges=9:string[] externalName=10 externalTrafficPolicy=11
  healthCheckNodePort=12:int publishNotReadyAddresses=13:bool sessionAffinityConfig=14:SessionAffinityConfig
  ipFamilies=19:string[] ipFamilyPolicy=17! allocateLoadBalancerNodePorts=20:bool! loadBalancerClass=21!
  internalTrafficPolicy=22! trafficDistribution=23!
ServicePort name=1 protocol=2 appProtocol=6! port=3:int! targetPort=4:IntOrString nodePort=5:int
SessionAffinityConfig clientIP=1:ClientIPConfig
ClientIPConfig timeoutSeconds=1:int!
ServiceStatus loadBalancer=1:LoadBalancerStatus conditions=2:Condition[]
LoadBalancerStatus
ResourceQuota metadata=1:ObjectMeta spec=2:ResourceQuotaSpec status=3:ResourceQuotaStatus
ResourceQuotaSpec hard=1:Quantity{} scopes=2:string[] scopeSelector=3:ScopeSelector
ScopeSelector matchExpressions=1:ScopedResourceSelectorRequirement[]
ScopedResourceSelectorRequirement scopeName=1! operator=2! values=3:string[]
ResourceQuotaStatus hard=1:Quantity{} used=2:Quantity{}
`;

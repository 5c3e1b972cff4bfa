/** What every object has, and the types that the API's JSON writes as one word or number: apimachinery's generated.proto files (meta/v1, runtime, util/intstr, api/resource). */
export const metaMessages = `
Unknown typeMeta=1:TypeMeta raw=2:bytes contentEncoding=3 contentType=4
TypeMeta apiVersion=1 kind=2
Time seconds=1:int! nanos=2:int!
Quantity string=1
IntOrString type=1:int intVal=2:int strVal=3
RawJson raw=1:bytes
strings items=1:string[]
ObjectMeta name=1 generateName=2 namespace=3 selfLink=4 uid=5 resourceVersion=6 generation=7:int
  creationTimestamp=8:Time deletionTimestamp=9:Time deletionGracePeriodSeconds=10:int! labels=11:string{}
  annotations=12:string{} ownerReferences=13:OwnerReference[] finalizers=14:string[]
  managedFields=17:ManagedFieldsEntry[]
OwnerReference apiVersion=5! kind=1! name=3! uid=4! controller=6:bool! blockOwnerDeletion=7:bool!
ManagedFieldsEntry manager=1 operation=2 apiVersion=3 time=4:Time fieldsType=6 fieldsV1=7:RawJson subresource=8
Condition type=1! status=2! observedGeneration=3:int lastTransitionTime=4:Time reason=5! message=6!
LabelSelector matchLabels=1:string{} matchExpressions=2:LabelSelectorRequirement[]
LabelSelectorRequirement key=1! operator=2! values=3:string[]
`;
